use super::*;
use crate::{
    Address, Failure, FailureKind, Instance, Metadata, Named, RawConfig, Registry, Roster, mix,
    policies::{RoundRobin, RoundRobinConfig, registry},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Instant};

/// `a version=v1 zone=x`, `b`: hosts with their tags.
fn set(all: &[&str]) -> Snapshot {
    all.iter().map(|text| instance(text)).collect()
}

fn instance(text: &str) -> Instance {
    let mut parts = text.split(' ');
    let address: Address = format!("{}:80", parts.next().unwrap()).parse().unwrap();
    parts.fold(Instance::from(address), |instance, tag| {
        let (key, value) = tag.split_once('=').unwrap();
        match key {
            "weight" => instance.with_weight(value.parse().unwrap()),
            _ => instance.with_tag(key, value),
        }
    })
}

/// The entries of a request's metadata.
struct Entries<'a>(&'a [(&'a str, &'a [u8])]);

impl Metadata for Entries<'_> {
    fn values(&self, name: &str, see: &mut dyn FnMut(&[u8])) {
        self.0.iter().filter(|(key, _)| *key == name).for_each(|(_, value)| see(value));
    }
}

/// A tree over a set, and the calls that are made on it.
struct Service {
    roster: Roster,
    state: State,
    now: Instant,
}

impl Service {
    fn of(registry: &Registry, config: &Value, set: &Snapshot) -> Self {
        let choice = registry.choose(&json!([config])).unwrap();
        #[expect(clippy::disallowed_methods, reason = "where virtual time begins")]
        let now = Instant::now();
        let mut roster = Roster::new(choice, 7).with_start(0);
        let state = roster.update(set, now).unwrap_or_else(|(_, state)| state);
        Self { roster, state, now }
    }

    fn new(config: &Value, set: &Snapshot) -> Self {
        Self::of(&registry(), config, set)
    }

    fn update(&mut self, set: &Snapshot) {
        self.state = self.roster.update(set, self.now).unwrap_or_else(|(_, state)| state);
    }

    /// The hosts that a call tries until all that it can reach were tried, in order, or why it fails.
    fn call(&self, entries: &[(&str, &[u8])], n: u64) -> Result<Vec<String>, Arc<Failure>> {
        let (clock, metadata, mut tried) = (|| self.now, Entries(entries), Vec::new());
        loop {
            let info = CallInfo::new(mix(n), n, &clock).with_tried(&tried).with_metadata(&metadata);
            match self.state.picker.pick(&info) {
                Pick::Endpoint(id, _) if tried.contains(&id) => break,
                Pick::Endpoint(id, _) => tried.push(id),
                Pick::Fail(why) => return Err(why),
                other => panic!("{other:?}"),
            }
        }
        let host = |id| self.roster.instance(id).unwrap().name().replace(":80", "");
        Ok(tried.into_iter().map(host).collect())
    }

    /// The hosts that a call with these headers reaches, first or on a retry.
    fn reached(&self, headers: &[(&str, &str)]) -> String {
        let entries: Vec<_> = headers.iter().map(|(key, value)| (*key, value.as_bytes())).collect();
        let all = (0..6).map(|n| self.call(&entries, n).unwrap().into_iter().collect::<BTreeSet<_>>());
        let all: Vec<_> = all.collect();
        assert!(all.iter().all(|hosts| *hosts == all[0]), "{all:?}");
        all[0].iter().cloned().collect::<Vec<_>>().join(" ")
    }

    fn failure(&self, headers: &[(&str, &str)]) -> (FailureKind, String) {
        let entries: Vec<_> = headers.iter().map(|(key, value)| (*key, value.as_bytes())).collect();
        let why = self.call(&entries, 0).unwrap_err();
        (why.kind(), why.to_string())
    }
}

fn tagging(tags: &Value, on_no_match: &str, child: &Value) -> Value {
    json!({"tagging": {"tags": tags, "onNoMatch": on_no_match, "childPolicy": [child]}})
}

fn by_version(on_no_match: &str) -> Value {
    tagging(&json!([{"key": "version", "header": "X-Version"}]), on_no_match, &round_robin())
}

fn round_robin() -> Value {
    json!({"round_robin": {}})
}

const FIVE: &[&str] = &["a version=bar1", "b version=bar2", "c version=bar3", "d version=", "e"];

/// G-80, F19.
#[test]
fn a_call_goes_to_the_group_of_its_value_and_no_tag_is_an_empty_one() {
    let service = Service::new(&by_version("fail"), &set(FIVE));
    assert_eq!(service.reached(&[("x-version", "bar2")]), "b");
    assert_eq!(service.reached(&[("x-version", "")]), "d e");
    assert_eq!(service.reached(&[]), "d e");
    assert_eq!(service.reached(&[("x-version", "bar1"), ("x-version", "bar2")]), "a");
}

/// G-80, F19.
#[test]
fn a_call_that_nothing_matches_fails_or_goes_where_it_is_told() {
    let missed = [("x-version", "missed")];
    let (kind, text) = Service::new(&by_version("fail"), &set(FIVE)).failure(&missed);
    assert_eq!(kind, FailureKind::NoMatch);
    assert_eq!(text, "tagging: no instance has version=missed (of 5)");
    assert_eq!(Service::new(&by_version("untagged"), &set(FIVE)).reached(&missed), "d e");
    assert_eq!(Service::new(&by_version("all"), &set(FIVE)).reached(&missed), "a b c d e");
    let (kind, _) = Service::new(&by_version("untagged"), &set(&FIVE[..3])).failure(&missed);
    assert_eq!(kind, FailureKind::NoMatch);
    assert_eq!(Service::new(&by_version("all"), &set(FIVE)).reached(&[("x-version", "bar2")]), "b");
}

#[test]
fn the_error_names_the_first_tag_that_left_nothing_and_what_was_left_before_it() {
    let tags = json!([{"key": "env", "header": "env"}, {"key": "version", "header": "v"}, {"key": "zone", "value": "x"}]);
    let service = Service::new(
        &tagging(&tags, "fail", &round_robin()),
        &set(&["a env=canary version=v1 zone=y", "b env=canary version=v2 zone=x", "c", "d zone=x", "e"]),
    );
    let text = |env, version| service.failure(&[("env", env), ("v", version)]).1;
    assert_eq!(service.reached(&[("env", "canary"), ("v", "v2")]), "b");
    assert_eq!(service.reached(&[]), "d");
    assert_eq!(text("canary", "v9"), "tagging: no instance has version=v9 (of 5; 2 had env=canary)");
    assert_eq!(text("canary", ""), "tagging: no instance has version=\"\" (of 5; 2 had env=canary)");
    assert_eq!(text("prod", "v1"), "tagging: no instance has env=prod (of 5)");
    assert_eq!(
        text("canary", "v1"),
        "tagging: no instance has zone=x (of 5; 2 had env=canary; 1 had version=v1)"
    );
}

#[test]
fn an_error_shows_a_strange_value_in_one_short_line() {
    let service = Service::new(&by_version("fail"), &set(FIVE));
    let text = |value: &[u8]| service.call(&[("x-version", value)], 0).unwrap_err().to_string();
    assert_eq!(text(b"a\nb\xff"), "tagging: no instance has version=a\\nb\u{fffd} (of 5)");
    assert!(text(&vec![b'x'; 100_000]).len() < 200);
    assert_eq!(text(b"b\xffar2"), "tagging: no instance has version=b\u{fffd}ar2 (of 5)");
}

/// Several tags by nesting, as kitex-contrib does, and in one list.
#[test]
fn nested_tags_narrow_as_a_list_of_them_does() {
    let all = set(&["a x=1 y=1", "b x=1 y=2", "c x=1 y=2", "d x=2 y=2", "e x=1"]);
    let (x, y) = (json!({"key": "x", "header": "x"}), json!({"key": "y", "header": "y"}));
    let flat = Service::new(&tagging(&json!([x, y]), "fail", &round_robin()), &all);
    let inner = tagging(&json!([y]), "fail", &round_robin());
    let nested = Service::new(&tagging(&json!([x]), "fail", &inner), &all);
    for (x, y, want) in [("1", "2", "b c"), ("1", "1", "a"), ("2", "2", "d"), ("1", "", "e")] {
        assert_eq!(flat.reached(&[("x", x), ("y", y)]), want);
        assert_eq!(nested.reached(&[("x", x), ("y", y)]), want);
    }
    let miss = [("x", "2"), ("y", "1")];
    assert_eq!(flat.failure(&miss).1, "tagging: no instance has y=1 (of 5; 1 had x=2)");
    assert_eq!(
        nested.failure(&miss),
        (FailureKind::NoMatch, "tagging: no instance has y=1 (of 1)".to_owned())
    );
    assert_eq!(nested.failure(&[("x", "3")]).1, "tagging: no instance has x=3 (of 5)");
}

#[test]
fn a_fixed_value_narrows_the_set_before_any_call() {
    let fixed = |value, otherwise| {
        tagging(&json!([{"key": "zone", "value": value}]), otherwise, &json!({"round_robin": {}}))
    };
    let all = set(&["a zone=x", "b zone=y", "c zone=x", "d"]);
    assert_eq!(Service::new(&fixed("x", "fail"), &all).reached(&[("zone", "y")]), "a c");
    assert_eq!(Service::new(&fixed("", "fail"), &all).reached(&[]), "d");
    assert_eq!(Service::new(&fixed("x", "all"), &all).reached(&[]), "a c");
    let none = Service::new(&fixed("z", "fail"), &all);
    assert_eq!(none.failure(&[]).1, "tagging: no instance has zone=z (of 4)");
    assert_eq!(none.state.connectivity, Connectivity::TransientFailure);
    assert_eq!(Service::new(&fixed("z", "untagged"), &all).reached(&[]), "d");
    assert_eq!(Service::new(&fixed("z", "all"), &all).reached(&[]), "a b c d");
}

/// Only instances that a call can reach are asked for, so nothing else is connected.
#[test]
fn what_no_call_can_reach_is_not_asked_for() {
    let tags = json!([{"key": "zone", "value": "x"}, {"key": "v", "header": "v"}]);
    let all = set(&["a zone=x v=1", "b zone=y v=1", "c zone=x", "d"]);
    let asked = |tags: &Value, otherwise| {
        let mut asks = Asks(Vec::new());
        let choice = registry().choose(&json!([tagging(tags, otherwise, &round_robin())])).unwrap();
        Child::default().update(&all, &choice, &mut asks);
        asks.0.sort();
        asks.0.dedup();
        asks.0.join(" ")
    };
    assert_eq!(asked(&tags, "fail"), "a:80 c:80");
    assert_eq!(asked(&tags, "untagged"), "a:80 c:80 d:80");
    assert_eq!(asked(&tags, "all"), "a:80 b:80 c:80 d:80");
    assert_eq!(asked(&json!([{"key": "zone", "value": "x"}]), "all"), "a:80 c:80");
}

/// Notes who is asked for; everybody is READY.
#[derive(Debug)]
struct Asks(Vec<String>);

impl Endpoints for Asks {
    fn now(&self) -> Instant {
        #[expect(clippy::disallowed_methods, reason = "any time will do")]
        Instant::now()
    }

    fn random(&mut self) -> u64 {
        7
    }

    fn ask(&mut self, instance: &Arc<Instance>, _: crate::Want) -> crate::Endpoint {
        self.0.push(instance.name());
        let id = crate::EndpointId { index: u32::try_from(self.0.len()).unwrap(), generation: 1 };
        let node = crate::Node { instance: instance.clone(), load: Arc::default(), error: None };
        let state =
            if instance.tag("down").is_some() { Connectivity::Connecting } else { Connectivity::Ready };
        crate::Endpoint { id, state, since: self.now(), weight: crate::WEIGHT_ONE, node: Arc::new(node) }
    }

    fn wake_at(&mut self, _: Instant) {}

    fn refuse(&mut self, _: BadUpdate) {}
}

#[test]
fn it_is_ready_if_any_group_is_and_the_others_answer_for_themselves() {
    let choice = registry().choose(&json!([by_version("fail")])).unwrap();
    let mut asks = Asks(Vec::new());
    let state = Child::default().update(&set(&["a version=1 down=", "b version=2"]), &choice, &mut asks);
    assert_eq!(state.connectivity, Connectivity::Ready);
    let pick = |value: &[u8]| {
        let (clock, entries) = (|| asks.now(), [("x-version", value)]);
        state.picker.pick(&CallInfo::new(1, 1, &clock).with_metadata(&Entries(&entries)))
    };
    assert!(matches!(pick(b"1"), Pick::Queue));
    assert!(matches!(pick(b"2"), Pick::Endpoint(..)));
    assert!(matches!(pick(b"3"), Pick::Fail(_)));
    let state = Child::default().update(&set(&["a version=1 down="]), &choice, &mut Asks(Vec::new()));
    assert_eq!(state.connectivity, Connectivity::Connecting);
}

/// C 57.
#[test]
fn a_drained_instance_is_in_no_group() {
    let all = set(&["a version=1", "b version=1 weight=0", "c version=2 weight=0", "d weight=0", "e"]);
    for otherwise in ["fail", "untagged", "all"] {
        let service = Service::new(&by_version(otherwise), &all);
        assert_eq!(service.reached(&[("x-version", "1")]), "a");
        assert_eq!(service.reached(&[]), "e");
    }
    let (_, text) = Service::new(&by_version("fail"), &all).failure(&[("x-version", "2")]);
    assert_eq!(text, "tagging: no instance has version=2 (of 2)");
    let none = Service::new(&by_version("all"), &set(&["a version=1 weight=0"]));
    assert_eq!(none.failure(&[]).0, FailureKind::AllDrained);
}

/// A child that is told apart from all others, and counts the sets that it was given.
#[derive(Debug, Default)]
struct Counting {
    memo: Memo<(), ()>,
    sets: u64,
    born: Option<u64>,
}

/// Says as a failure how many sets a child was given, and when it was born.
impl Policy for Counting {
    type Config = ();

    fn update(&mut self, set: &Snapshot, (): &(), endpoints: &mut dyn Endpoints) -> Result<State, BadUpdate> {
        let sets = &mut self.sets;
        self.memo.get(set, (), |_, ()| *sets += 1);
        let born = self.born.get_or_insert_with(|| endpoints.random());
        let names: Vec<_> = set.iter().map(|instance| instance.name().replace(":80", "")).collect();
        Ok(State::failing(Failure::NoMatch(format!("{} sets={} {born}", names.join(""), self.sets).into())))
    }
}

impl Named for Counting {
    const NAME: &'static str = "counting";

    fn parse(_: &RawConfig<'_>) -> Result<(), crate::BadConfig> {
        Ok(())
    }
}

#[test]
fn a_new_tag_moves_an_instance_and_leaves_the_other_groups_children_alone() {
    let tags = json!([{"key": "version", "header": "v"}]);
    let config = tagging(&tags, "fail", &json!({"counting": {}}));
    let mut service = Service::of(
        &registry().replace::<Counting>(),
        &config,
        &set(&["a version=1", "b version=2", "c version=3"]),
    );
    let said = |service: &Service, version| {
        let text = service.failure(&[("v", version)]).1;
        let parts: Vec<_> = text.split(' ').map(str::to_owned).collect();
        (format!("{} {}", parts[0], parts[1]), parts[2].clone())
    };
    let (one, two) = (said(&service, "1"), said(&service, "2"));
    assert_eq!((one.0.as_str(), two.0.as_str()), ("a sets=1", "b sets=1"));
    service.update(&set(&["a version=1", "b version=2", "c version=2"]));
    assert_eq!(said(&service, "1"), one);
    assert_eq!(said(&service, "2"), ("bc sets=2".to_owned(), two.1));
    assert_eq!(service.failure(&[("v", "3")]).1, "tagging: no instance has version=3 (of 3)");
    // A group that vanished begins anew.
    service.update(&set(&["b version=2"]));
    service.update(&set(&["a version=1", "b version=2"]));
    assert_ne!(said(&service, "1").1, one.1);
}

/// G-80: nothing is shared by name.
#[test]
fn two_on_different_keys_share_nothing() {
    let all = set(&["a x=1 y=2", "b x=2 y=1"]);
    let by = |key| {
        let tags = json!([{"key": key, "header": "h"}]);
        Service::new(&tagging(&tags, "fail", &round_robin()), &all)
    };
    let (x, y) = (by("x"), by("y"));
    assert_eq!((x.reached(&[("h", "1")]), y.reached(&[("h", "1")])), ("a".to_owned(), "b".to_owned()));
}

/// A set that a group's child refuses is that group's own trouble.
#[test]
fn a_child_that_was_given_too_much_does_not_take_its_siblings_down() {
    #[derive(Debug, Default)]
    struct OnlyOne;
    impl Policy for OnlyOne {
        type Config = ();
        fn update(&mut self, set: &Snapshot, (): &(), to: &mut dyn Endpoints) -> Result<State, BadUpdate> {
            match &**set {
                [one] => Ok(State::failing(Failure::NoMatch(to.connect(one).node.instance.name().into()))),
                more => Err(BadUpdate::new(format!("only_one wants one instance, got {}", more.len()))),
            }
        }
    }
    impl Named for OnlyOne {
        const NAME: &'static str = "only_one";
        fn parse(_: &RawConfig<'_>) -> Result<(), crate::BadConfig> {
            Ok(())
        }
    }
    let config = tagging(&json!([{"key": "version", "header": "v"}]), "fail", &json!({"only_one": {}}));
    let all = set(&["a version=1", "b version=1", "c version=2"]);
    let service = Service::of(&registry().replace::<OnlyOne>(), &config, &all);
    let refused = (FailureKind::Refused, "only_one wants one instance, got 2".to_owned());
    assert_eq!(service.failure(&[("v", "1")]), refused);
    assert_eq!(service.failure(&[("v", "2")]), (FailureKind::NoMatch, "c:80".to_owned()));
}

/// A 8, F 96: a group that refuses what is left of it goes on with what it was, but not with who was drained.
#[test]
fn a_group_that_goes_on_with_its_last_good_set_leaves_out_who_was_drained() {
    #[derive(Debug, Default)]
    struct Two(RoundRobin);
    impl Policy for Two {
        type Config = ();
        fn update(&mut self, set: &Snapshot, (): &(), to: &mut dyn Endpoints) -> Result<State, BadUpdate> {
            match set.len() {
                2 => self.0.update(set, &RoundRobinConfig::default(), to),
                _ => Err(BadUpdate::new("not two")),
            }
        }
    }
    impl Named for Two {
        const NAME: &'static str = "two";
        fn parse(_: &RawConfig<'_>) -> Result<(), crate::BadConfig> {
            Ok(())
        }
    }
    let config = tagging(&json!([{"key": "version", "header": "v"}]), "fail", &json!({"two": {}}));
    let both = set(&["a version=1", "b version=1", "c version=2", "d version=2"]);
    let mut service = Service::of(&registry().replace::<Two>(), &config, &both);
    assert_eq!(service.reached(&[("v", "1")]), "a b");
    service.update(&set(&["a version=1", "b version=1 weight=0", "c version=2", "d version=2"]));
    assert_eq!([service.reached(&[("v", "1")]), service.reached(&[("v", "2")])], ["a", "c d"]);
}

#[test]
fn a_thousand_groups_find_their_own() {
    let all: Vec<String> = (0..3000).map(|n| format!("h{n} version=v{}", n % 1000)).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let mut service = Service::new(&by_version("fail"), &set(&all));
    service.update(&set(&all[1..]));
    assert_eq!(service.reached(&[("x-version", "v0")]), "h1000 h2000");
    assert_eq!(service.reached(&[("x-version", "v7")]), "h1007 h2007 h7");
}

/// F19, B 39: what cannot work is refused when it is read, with its place.
#[test]
fn a_config_that_cannot_work_is_refused_with_path_field_value_and_bound() {
    let child = json!([{"round_robin": {}}]);
    let refused = |config: Value| {
        let error = registry().choose(&json!([{"tagging": config}])).unwrap_err();
        let path = error.path.strip_prefix("loadBalancingConfig[0].tagging.").unwrap().to_owned();
        assert!(error.value.is_some() && error.bound.is_some(), "{error:?}");
        assert_eq!(error.policy.as_deref(), Some("tagging"));
        (path, error.field.unwrap())
    };
    let tags = |tags: Value| refused(json!({"tags": tags, "childPolicy": child}));
    let at = |path: &str, field: &str| (path.to_owned(), field.to_owned());
    for none in [json!([]), json!(null), json!({}), json!("zone")] {
        assert_eq!(tags(none), at("tags", "tags"));
    }
    assert_eq!(tags(json!(["zone"])), at("tags[0]", "tags"));
    assert_eq!(tags(json!([{"header": "x"}])), at("tags[0].key", "key"));
    assert_eq!(tags(json!([{"key": "", "header": "x"}])), at("tags[0].key", "key"));
    let good = json!({"key": "a", "value": ""});
    for (bad, path, field) in [
        (json!({"key": 3, "header": "x"}), "tags[1].key", "key"),
        (json!({"key": "z"}), "tags[1]", "tags"),
        (json!({"key": "z", "value": "x", "header": "x"}), "tags[1]", "tags"),
        (json!({"key": "z", "value": 3}), "tags[1].value", "value"),
        (json!({"key": "z", "header": ""}), "tags[1].header", "header"),
        (json!({"key": "z", "header": "a b"}), "tags[1].header", "header"),
        (json!({"key": "z", "header": ":path"}), "tags[1].header", "header"),
        (json!({"key": "z", "header": "x-Bin"}), "tags[1].header", "header"),
        (json!({"key": "a", "header": "x"}), "tags[1].key", "key"),
    ] {
        assert_eq!(tags(json!([good, bad])), at(path, field), "{bad}");
    }
    assert_eq!(refused(json!({"tags": [good]})), at("childPolicy", "childPolicy"));
    assert_eq!(
        refused(json!({"tags": [good], "onNoMatch": "any", "childPolicy": child})),
        at("onNoMatch", "onNoMatch")
    );
    let unknown = json!([{"tagging": {"tags": [good], "childPolicy": [{"nobody": {}}]}}]);
    assert_eq!(registry().choose(&unknown).unwrap_err().path, "loadBalancingConfig[0].tagging.childPolicy");
    let null = json!([{"tagging": {"tags": [{"key": "z", "value": null, "header": "x"}], "onNoMatch": null, "childPolicy": child}}]);
    let choice: Choice = registry().choose(&null).unwrap();
    assert_eq!(choice.name(), "tagging");
}

proptest! {
    /// F19: whatever the tags, a call reaches exactly the instances that have all its values, else those that it is sent to.
    #[test]
    fn a_call_reaches_exactly_those_that_match(
        tags in prop::collection::vec((0..3usize, 0..3usize, 0..3usize), 1..12),
        wants in (0..4usize, 0..4usize),
        fixed: bool,
        otherwise in 0..3usize,
    ) {
        // No tag and an empty one are drawn apart, and mean the same.
        let tag = |key: &str, n: usize| match n { 0 => String::new(), 1 => format!(" {key}="), n => format!(" {key}={n}") };
        let all: Vec<String> =
            tags.iter().enumerate().map(|(n, (x, y, z))| format!("h{n}{}{}{}", tag("x", *x), tag("y", *y), tag("z", *z))).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let want = |n: usize| if n < 2 { String::new() } else { n.to_string() };
        let (x, y) = (want(wants.0), want(wants.1));
        let second = if fixed { json!({"key": "y", "value": y}) } else { json!({"key": "y", "header": "y"}) };
        let otherwise = ["fail", "untagged", "all"][otherwise];
        let config = tagging(&json!([{"key": "x", "header": "x"}, second]), otherwise, &round_robin());
        let set = set(&all);
        let service = Service::new(&config, &set);
        let those = |of: &dyn Fn(&str, &str) -> bool| -> BTreeSet<String> {
            let has = |i: &&Arc<Instance>| of(i.tag("x").unwrap_or(""), i.tag("y").unwrap_or(""));
            set.iter().filter(has).map(|i| i.name().replace(":80", "")).collect()
        };
        let mut expected = those(&|a, b| a == x && b == y);
        if expected.is_empty() {
            expected = match otherwise {
                "fail" => BTreeSet::new(),
                "untagged" => those(&|a, b| a.is_empty() && b.is_empty()),
                _ => those(&|_, _| true),
            };
        }
        let got = service.call(&[("x", x.as_bytes()), ("y", y.as_bytes())], 3);
        match got {
            Ok(hosts) => prop_assert_eq!(hosts.into_iter().collect::<BTreeSet<_>>(), expected),
            Err(why) => prop_assert!(expected.is_empty() && why.kind() == FailureKind::NoMatch, "{}", why),
        }
    }
}
