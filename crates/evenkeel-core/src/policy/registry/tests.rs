use super::*;
use crate::{BadUpdate, Endpoints, Failure, Policy, Snapshot, State};
use serde_json::json;

/// Two policies of one shape: a number, and a child.
#[derive(Debug, Default)]
struct Second;

#[derive(Debug)]
struct SecondConfig {
    choose_second: u32,
    child: Option<Choice>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    #[serde(default)]
    choose_second: u32,
}

impl Policy for Second {
    type Config = SecondConfig;

    fn update(&mut self, _: &Snapshot, _: &SecondConfig, _: &mut dyn Endpoints) -> Result<State, BadUpdate> {
        Ok(State::failing(Failure::Empty))
    }
}

impl Named for Second {
    const NAME: &'static str = "second";
    const ALIASES: &'static [&'static str] = &["zweiter"];
    const FIELDS: &'static [Field] = &[Field::whole("chooseSecond", 0..=u32::MAX as u64, "3", "")];

    fn parse(config: &RawConfig<'_>) -> Result<SecondConfig, BadConfig> {
        let Fields { choose_second } = config.typed()?;
        let child = config.get("childPolicy").map(|_| config.child("childPolicy")).transpose()?;
        Ok(SecondConfig { choose_second, child })
    }
}

/// The same names as [`Second`], in the other order.
#[derive(Debug, Default)]
struct Other;

impl Policy for Other {
    type Config = ();

    fn update(&mut self, _: &Snapshot, (): &(), _: &mut dyn Endpoints) -> Result<State, BadUpdate> {
        Ok(State::failing(Failure::Empty))
    }
}

impl Named for Other {
    const NAME: &'static str = "zweiter";
    const BY_KEY: bool = true;

    fn parse(_: &RawConfig<'_>) -> Result<(), BadConfig> {
        Ok(())
    }
}

fn registry() -> Registry {
    Registry::empty().with::<Second>().unwrap()
}

fn config(choice: &Choice) -> &SecondConfig {
    choice.config().downcast_ref().unwrap()
}

#[test]
fn a_name_is_registered_once_unless_it_is_replaced() {
    assert_eq!(registry().with::<Second>().unwrap_err(), NameTaken("second"));
    assert_eq!(registry().with::<Other>().unwrap_err(), NameTaken("zweiter"));
    let replaced = registry().replace::<Other>();
    assert_eq!(replaced.find("zweiter").unwrap().name, "zweiter");
    assert_eq!(replaced.find("second").unwrap().name, "second");
}

#[test]
fn an_alias_means_the_policy_and_is_not_listed() {
    let chosen = registry().choose(&json!([{"zweiter": {"chooseSecond": 7}}])).unwrap();
    assert_eq!((chosen.name(), config(&chosen).choose_second), ("second", 7));
    assert_eq!(registry().policies().map(|p| p.name).collect::<Vec<_>>(), ["second"]);
}

#[test]
fn a_child_is_chosen_like_the_root_and_its_errors_have_the_whole_path() {
    let list = |n: i64| json!([{"second": {"chooseSecond": 1, "childPolicy": [{"nope": {}}, {"second": {"chooseSecond": n}}]}}]);
    let chosen = registry().choose(&list(2)).unwrap();
    assert_eq!(config(config(&chosen).child.as_ref().unwrap()).choose_second, 2);
    let error = registry().choose(&list(-1)).unwrap_err();
    assert_eq!(error.path, "loadBalancingConfig[0].second.childPolicy[1].second.chooseSecond");
    let none = registry().choose(&json!([{"second": {"childPolicy": [{"nope": {}}]}}])).unwrap_err();
    assert_eq!(none.path, "loadBalancingConfig[0].second.childPolicy");
    assert_eq!(none.problem, "No known policies in list: nope");
}

#[test]
fn a_field_that_is_null_counts_as_absent() {
    let chosen =
        registry().choose(&json!([{"second": {"chooseSecond": null, "childPolicy": null}}])).unwrap();
    assert_eq!(config(&chosen).choose_second, 0);
    assert!(config(&chosen).child.is_none());
}

/// F 93: negative, too great, wrong types.
#[test]
fn a_wrong_number_is_one_error_with_policy_field_value_and_bound() {
    for wrong in
        [json!(-1), json!("3"), json!(1.5), json!(4_294_967_296_u64), json!([]), json!({}), json!(true)]
    {
        let error = registry().choose(&json!([{"second": {"chooseSecond": wrong}}])).unwrap_err();
        assert_eq!(error.path, "loadBalancingConfig[0].second.chooseSecond");
        assert_eq!(error.policy.as_deref(), Some("second"));
        assert_eq!(error.field.as_deref(), Some("chooseSecond"));
        assert_eq!(error.value.as_ref(), Some(&wrong));
        assert_eq!(error.bound.as_deref(), Some("a whole number in 0..=4294967295"));
        let text = error.to_string();
        assert!(text.contains("chooseSecond") && text.contains("0..=4294967295"), "{text}");
    }
}

#[test]
fn the_greatest_number_is_taken() {
    let chosen = registry().choose(&json!([{"second": {"chooseSecond": u32::MAX}}])).unwrap();
    assert_eq!(config(&chosen).choose_second, u32::MAX);
}

#[test]
fn names_that_grpc_has_and_we_have_not_are_told_apart() {
    let problem = |list| registry().choose(&list).unwrap_err().problem;
    assert_eq!(problem(json!([{"nope": {}}, {"never": {}}])), "No known policies in list: nope, never");
    assert_eq!(problem(json!([{"grpclb": {}}])), "known, not supported: grpclb");
    assert_eq!(
        problem(json!([{"xds_experimental": {}}, {"nope": {}}, {"rls_experimental": {}}])),
        "No known policies in list: nope; known, not supported: xds_experimental, rls_experimental"
    );
    assert_eq!(problem(json!([])), "the list of policies is empty");
    assert_eq!(problem(json!([{"": {}}])), "No known policies in list: ");
    assert!(registry().choose(&json!([{"grpclb": {}}, {"second": {}}])).is_ok());
}

#[test]
fn a_list_of_another_shape_is_refused() {
    for wrong in
        [json!({}), json!([3]), json!([{}]), json!([{"second": {}, "nope": {}}]), json!([{"second": 3}])]
    {
        assert!(registry().choose(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_default_of_a_policy_is_its_empty_config() {
    assert_eq!(registry().default_of("second").unwrap().name(), "second");
    assert!(registry().default_of("nope").is_err());
}

#[test]
fn a_policy_over_one_that_picks_by_a_key_does_so_too() {
    let registry = Registry::empty().replace::<Second>().replace::<Other>();
    assert!(registry.find("zweiter").unwrap().by_key && !registry.find("second").unwrap().by_key);
    for (list, by_key) in [
        (json!([{"zweiter": {}}]), true),
        (json!([{"second": {}}]), false),
        (json!([{"second": {"childPolicy": [{"second": {}}]}}]), false),
        (json!([{"second": {"childPolicy": [{"second": {"childPolicy": [{"zweiter": {}}]}}]}}]), true),
    ] {
        assert_eq!(registry.choose(&list).unwrap().is_by_key(), by_key, "{list}");
    }
}
