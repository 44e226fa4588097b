use super::*;
use crate::{
    BadConfig, BadUpdate, Code, Endpoints, Failure, Field, Named, Policy, RawConfig, Snapshot, State,
    policies,
};
use serde_json::{Value, json};
use std::time::Duration;

mod balancing;
mod fuzz;
mod methods;
mod retries;

/// A policy with a bounded number and, where it is given, a child.
#[derive(Debug, Default)]
struct Ring;

impl Policy for Ring {
    type Config = Option<Choice>;

    fn update(&mut self, _: &Snapshot, _: &Self::Config, _: &mut dyn Endpoints) -> Result<State, BadUpdate> {
        Ok(State::failing(Failure::Empty))
    }
}

impl Named for Ring {
    const NAME: &'static str = "ring";
    const FIELDS: &'static [Field] = &[Field::whole("minRingSize", 1..=8_388_608, "1024", "")];

    fn parse(config: &RawConfig<'_>) -> Result<Self::Config, BadConfig> {
        config.get("childPolicy").map(|_| config.child("childPolicy")).transpose()
    }
}

/// A policy that cannot do without a config.
#[derive(Debug, Default)]
struct Needy;

impl Policy for Needy {
    type Config = ();

    fn update(&mut self, _: &Snapshot, (): &(), _: &mut dyn Endpoints) -> Result<State, BadUpdate> {
        Ok(State::failing(Failure::Empty))
    }
}

impl Named for Needy {
    const NAME: &'static str = "needy";
    const FIELDS: &'static [Field] = &[Field::whole("need", 0..=1, "", "")];

    fn parse(_: &RawConfig<'_>) -> Result<(), BadConfig> {
        Ok(())
    }
}

fn registry() -> Registry {
    policies::registry().replace::<Ring>().replace::<Needy>()
}

fn parse(json: &Value) -> Result<ServiceConfig, InvalidServiceConfig> {
    ServiceConfig::parse(&json.to_string(), &registry())
}

fn good(json: &Value) -> ServiceConfig {
    parse(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// All that is wrong with a config.
fn bad(json: &Value) -> Vec<BadConfig> {
    match parse(json) {
        Ok(_) => panic!("{json} was taken"),
        Err(invalid) => invalid.errors().to_vec(),
    }
}

/// The places of all that is wrong.
fn places(json: &Value) -> Vec<String> {
    bad(json).into_iter().map(|error| error.path).collect()
}

#[test]
fn the_empty_config_says_nothing() {
    for config in [ServiceConfig::default(), good(&json!({}))] {
        assert!(config.load_balancing().is_none());
        assert!(config.method("/a.B/C").is_none());
        assert!(config.retry_throttling().is_none());
        assert!(config.health_check().is_none());
    }
}

/// Golden case 35: unknown top-level field -> accepted. gRFC A21: unknown fields are ignored everywhere.
#[test]
fn unknown_fields_are_ignored_and_null_is_absent() {
    let retry = json!({"maxAttempts": 2, "initialBackoff": "1s", "maxBackoff": "1s", "backoffMultiplier": 1,
        "retryableStatusCodes": ["ABORTED"], "perAttemptRecvTimeout": null, "x": 1});
    let config = good(&json!({
        "connectionScaling": {"maxConnectionsPerSubchannel": "many"}, "x": 1,
        "loadBalancingConfig": null, "loadBalancingPolicy": null,
        "methodConfig": [{"name": [{"x": 1, "service": null}], "x": 1, "timeout": null, "retryPolicy": retry, "hedgingPolicy": null}],
        "retryThrottling": null, "healthCheckConfig": {"x": 1, "serviceName": null}
    }));
    assert!(config.health_check().is_none());
    assert!(config.method("/a.B/C").unwrap().retry.is_some());
}

#[test]
fn every_error_is_told_with_its_place() {
    let json = json!({
        "loadBalancingConfig": [{"ring": {"minRingSize": 0}}],
        "methodConfig": [
            {"name": [{"service": "s"}], "waitForReady": 1, "timeout": "1", "retryPolicy": {"maxAttempts": 1}},
            {"name": [{"service": "s"}, {"method": "m"}, 3], "maxRequestMessageBytes": -1}, 7
        ],
        "retryThrottling": [], "healthCheckConfig": {"serviceName": 5}
    });
    let expected = [
        "loadBalancingConfig[0].ring.minRingSize",
        "methodConfig[0].waitForReady",
        "methodConfig[0].timeout",
        "methodConfig[0].retryPolicy.maxAttempts",
        "methodConfig[0].retryPolicy.initialBackoff",
        "methodConfig[0].retryPolicy.maxBackoff",
        "methodConfig[0].retryPolicy.backoffMultiplier",
        "methodConfig[0].retryPolicy.retryableStatusCodes",
        "methodConfig[1].maxRequestMessageBytes",
        "methodConfig[1].name[0]",
        "methodConfig[1].name[1]",
        "methodConfig[1].name[2]",
        "methodConfig[2]",
        "retryThrottling",
        "healthCheckConfig.serviceName",
    ];
    assert_eq!(places(&json), expected);
    assert!(bad(&json).iter().all(|e| e.field.is_some() && e.value.is_some() && e.bound.is_some()));
    let text = parse(&json).unwrap_err().to_string();
    assert!(
        text.starts_with("loadBalancingConfig[0].ring.minRingSize: ") && text.ends_with(" (and 14 more)"),
        "{text}"
    );
}

#[test]
fn text_that_is_no_json_is_one_error_with_line_and_column() {
    let deep = "[".repeat(MAX_BYTES);
    let cut = "{\"methodConfig\":".repeat(5000);
    for text in ["", "{", "{\n \"a\": tru }", "{} {}", "nul", &deep, &cut] {
        let invalid = ServiceConfig::parse(text, &registry()).unwrap_err();
        assert_eq!(invalid.errors().len(), 1);
        let shown = invalid.to_string();
        assert!(
            shown.contains("no JSON: ") && shown.contains(" line ") && shown.contains(" column "),
            "{shown}"
        );
    }
}

#[test]
fn a_config_is_an_object() {
    for json in [json!(null), json!([]), json!("{}"), json!(3)] {
        assert_eq!(places(&json), [""]);
    }
}

#[test]
fn a_text_over_256_kib_is_refused_unread() {
    let config = |bytes: usize| format!("{{\"x\":\"{}\"}}", "y".repeat(bytes - 8));
    assert!(ServiceConfig::parse(&config(MAX_BYTES), &registry()).is_ok());
    let text = ServiceConfig::parse(&config(MAX_BYTES + 1), &registry()).unwrap_err().to_string();
    assert_eq!(text, "the config has 262145 bytes, want at most 262144");
}

#[test]
fn the_health_check_is_off_unless_a_service_is_named() {
    let service = |json: Value| {
        good(&json!({"healthCheckConfig": json})).health_check().map(|h| h.service_name.to_string())
    };
    assert_eq!(service(json!({})), None);
    assert_eq!(service(json!({"serviceName": ""})).as_deref(), Some(""));
    assert_eq!(service(json!({"serviceName": "a.B"})).as_deref(), Some("a.B"));
}

#[test]
fn durations_are_those_of_proto_json() {
    let read = |text: &str| duration(&json!(text));
    assert_eq!(read("0s"), Some(Duration::ZERO));
    assert_eq!(read("1.5s"), Some(Duration::from_millis(1500)));
    assert_eq!(read("0.000000001s"), Some(Duration::from_nanos(1)));
    assert_eq!(read("12.123456789s"), Some(Duration::new(12, 123_456_789)));
    assert_eq!(read("315576000000s"), Some(Duration::from_secs(315_576_000_000)));
    let wrong = [
        "",
        "s",
        "1",
        "1.5",
        "-1s",
        "+1s",
        "-0s",
        "1.+5s",
        "1e3s",
        "infs",
        "NaNs",
        "nans",
        "1.s",
        ".5s",
        ".s",
        "1 s",
        " 1s",
        "1s ",
        "1S",
        "1ss",
        "1.5.5s",
        "0x1s",
        "1_0s",
        "0.1234567890s",
        "315576000001s",
        "315576000000.000000001s",
        "99999999999999999999s",
        "18446744073709551616s",
        "999999999999999999999999999s",
        "١s",
        "1ms",
    ];
    for text in wrong {
        assert_eq!(read(text), None, "{text}");
    }
    assert_eq!(duration(&json!(1)), None);
}
