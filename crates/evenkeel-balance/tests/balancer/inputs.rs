//! What a call brings, and what tests hand in.

use crate::{at, names, over, set};
use evenkeel_balance::CallSpec;
use evenkeel_core::{Metadata, Outcome, Snapshot, policies};
use evenkeel_discover::Manual;

struct Zone(&'static str);

impl Metadata for Zone {
    fn values(&self, name: &str, see: &mut dyn FnMut(&[u8])) {
        if name == "zone" {
            see(self.0.as_bytes());
        }
    }
}

/// F19, F50: a pick sees the call's metadata, and says which filter left nobody.
#[test]
fn a_call_is_routed_by_its_metadata() {
    let manual = Manual::new();
    let zoned = |n: usize| at(n).with_tag("zone", if n <= 2 { "a" } else { "b" });
    manual.set((1..=4).map(zoned).collect::<Snapshot>());
    let config = r#"{"loadBalancingConfig":[{"tagging":{
        "tags": [{"key": "zone", "header": "zone"}], "childPolicy": [{"round_robin": {}}]}}]}"#;
    let balancer = over(&manual).service_config(config).build().unwrap();
    for (zone, want) in [("a", ["h1:1", "h2:1"]), ("b", ["h3:1", "h4:1"])] {
        let zone = Zone(zone);
        let call = CallSpec::new().metadata(&zone);
        let mut seen = names(&mut balancer.pick(&call).unwrap());
        seen.sort();
        assert_eq!(seen, want);
    }
    let nowhere = Zone("c");
    let call = CallSpec::new().metadata(&nowhere);
    let error = balancer.pick(&call).map(drop).unwrap_err().to_string();
    assert!(error.contains("zone=c"), "{error}");
}

/// F51, F52: how calls end reaches the policy.
#[test]
fn requests_in_flight_count() {
    let manual = Manual::new();
    manual.set(set([1, 2]));
    let balancer = over(&manual).policy("least_request").build().unwrap();
    let call = CallSpec::new();
    let pick = || balancer.pick(&call).unwrap().next().unwrap();
    let busy = pick();
    for _ in 0..50 {
        let other = pick();
        assert_ne!(other.name(), busy.name());
        other.end(Outcome::Success);
    }
}

/// F60: with a seed and a start, picks are the same in every run.
#[test]
fn a_seed_makes_every_policy_repeatable() {
    for policy in policies::registry().policies() {
        let Ok(choice) = policies::registry().default_of(policy.name) else { continue };
        let run = |seed| {
            let manual = Manual::new();
            manual.set((1..=5).map(|n| at(n).with_weight([9, 1, 2, 3, 4, 5][n])).collect::<Snapshot>());
            let balancer = over(&manual).choice(choice.clone()).seed(seed).build().unwrap();
            let picks = (0..100u32).map(|n| {
                let key = n.to_le_bytes();
                names(&mut balancer.pick(&CallSpec::new().key(&key)).unwrap())
            });
            picks.collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7), "{}", policy.name);
    }
}

/// F56: what is known of a target.
#[test]
fn the_status_shows_version_age_and_instances() {
    let manual = Manual::new();
    let balancer = over(&manual).build().unwrap();
    assert_eq!(balancer.status().to_string(), "manual:///svc: no answer yet");
    manual.set(
        [at(1).with_weight(5).with_tag("zone", "a"), at(2).with_weight(0)].into_iter().collect::<Snapshot>(),
    );
    let status = over(&manual).build().unwrap().status();
    let set = status.instances.unwrap();
    assert_eq!(
        (set.len(), set[0].weight(), set[0].tag("zone"), set[1].is_drained()),
        (2, 5, Some("a"), true)
    );
    assert_eq!((status.version, status.error.is_none(), status.age.is_some()), (1, true, true));
}
