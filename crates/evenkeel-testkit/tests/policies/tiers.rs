//! Every policy in tiers, as both engines run them.

use super::{allocations, choice};
use evenkeel_core::{BadUpdate, Choice, Endpoints, Policy, Snapshot, State, Tiers, policies};
use evenkeel_testkit::policy_suite;
use serde_json::{Value, json};

/// The tiers of an engine, as a policy.
#[derive(Debug, Default)]
struct Tiered<const EAGER: bool>(Option<Tiers>);

impl<const EAGER: bool> Policy for Tiered<EAGER> {
    type Config = Choice;

    fn update(
        &mut self,
        set: &Snapshot,
        choice: &Choice,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        let tiers = self.0.get_or_insert_with(|| if EAGER { Tiers::eager() } else { Tiers::default() });
        Ok(tiers.update(set, choice, endpoints))
    }
}

/// The config of a policy by its name, with what it cannot be without.
fn config(name: &str) -> Value {
    let needed = match name {
        "tagging" => {
            json!({"tags": [{"key": "zone", "header": "x-zone"}], "childPolicy": [{"round_robin": {}}]})
        }
        "bounded_load" => json!({"childPolicy": [{"rendezvous": {}}]}),
        // Small tables: these tests are of tiers.
        "consistent_hash" => json!({"weighted": false, "pointsPerWeight": 8}),
        "maglev" => json!({"tableSize": 1009}),
        _ => json!({}),
    };
    json!({name: needed})
}

/// H 114, B 24: a retry knows no borders, nor does any other promise.
#[test]
fn every_policy_keeps_its_promises_in_tiers() {
    for info in policies::registry().policies() {
        let child = choice(&config(info.name));
        policy_suite::check_with(&Choice::of::<Tiered<false>>(info.name, child.clone()), &mut allocations);
        policy_suite::check_with(&Choice::of::<Tiered<true>>(info.name, child), &mut allocations);
    }
}
