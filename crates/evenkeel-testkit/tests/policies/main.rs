//! The built-in policies, and one from outside, keep the promises of the suite; one that does not is caught.

#![allow(clippy::unwrap_used, reason = "test helpers")]

mod hashing;
mod load_aware;
mod rotations;
mod tagging;
mod tiers;

use custom_round_robin::CustomRoundRobin;
use evenkeel_core::{
    BadUpdate, CallInfo, Choice, Endpoint, EndpointId, Endpoints, Load, Pick, Picker, Policy, Registry,
    Snapshot, State, policies,
};
use evenkeel_testkit::policy_suite;
use serde_json::{Value, json};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

fn choice(config: &Value) -> Choice {
    let registry: Registry = policies::registry().with::<CustomRoundRobin>().unwrap();
    registry.choose(&json!([config])).unwrap()
}

fn check(config: &Value) {
    policy_suite::check_with(&choice(config), &mut allocations);
}

fn allocations(run: &mut dyn FnMut()) -> usize {
    usize::try_from(allocation_counter::measure(run).count_total).unwrap()
}

/// H 114, B 24.
#[test]
fn pick_first_keeps_its_promises() {
    check(&json!({"pick_first": {}}));
    check(&json!({"pick_first": {"shuffleAddressList": true}}));
}

/// H 114, B 24.
#[test]
fn round_robin_keeps_its_promises() {
    check(&json!({"round_robin": {}}));
    check(&json!({"round_robin": {"order": "relaxed"}}));
}

/// H 114, B 24, F 96.
#[test]
fn custom_round_robin_keeps_its_promises() {
    for every in [0, 1, 2, 3, u32::MAX] {
        check(&json!({"custom_round_robin": {"chooseSecond": every}}));
    }
}

/// One way to be bad.
#[derive(Debug, Clone, Copy)]
enum Flaw {
    AlwaysFirst,
    NeverTwice,
    Allocates,
    PanicsOnWeight,
    PanicsInPick,
    KeepsOldIds,
    AsksForTheGone,
    NeverReady,
    ForgetsToEnd,
}

/// A good policy but for its flaw.
#[derive(Debug, Default)]
struct Bad {
    first_set: Option<Snapshot>,
    first_id: Option<EndpointId>,
}

impl Policy for Bad {
    type Config = Flaw;

    fn update(
        &mut self,
        set: &Snapshot,
        flaw: &Flaw,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        let first = self.first_set.get_or_insert_with(|| set.clone());
        let set = if matches!(flaw, Flaw::AsksForTheGone) { first } else { set };
        let heavy = set.iter().any(|instance| instance.weight() == u32::MAX);
        assert!(!(heavy && matches!(flaw, Flaw::PanicsOnWeight)), "too heavy");
        let all: Vec<Endpoint> = set.iter().map(|instance| endpoints.connect(instance)).collect();
        if matches!(flaw, Flaw::NeverReady) {
            return Ok(State::connecting());
        }
        let (old, load) = (*self.first_id.get_or_insert(all[0].id), all[0].node.load.clone());
        let flaw = *flaw;
        Ok(State::over(all, |ready| BadPicker {
            ready: ready.iter().map(|e| e.id).collect(),
            flaw,
            old,
            load,
        }))
    }
}

#[derive(Debug)]
struct BadPicker {
    ready: Vec<EndpointId>,
    flaw: Flaw,
    old: EndpointId,
    load: Arc<Load>,
}

impl Picker for BadPicker {
    fn pick(&self, call: &CallInfo<'_>) -> Pick {
        let fresh = self.ready.iter().copied().find(|id| call.is_fresh(*id));
        let good = fresh.unwrap_or(self.ready[0]);
        match self.flaw {
            Flaw::AlwaysFirst => Pick::plain(self.ready[0]),
            Flaw::NeverTwice => fresh.map_or(Pick::Queue, Pick::plain),
            Flaw::Allocates => Pick::plain(*Box::new(std::hint::black_box(good))),
            Flaw::PanicsInPick => Pick::plain(self.ready[call.tried().len()]),
            Flaw::KeepsOldIds if call.tried().is_empty() => Pick::plain(self.old),
            Flaw::ForgetsToEnd => {
                self.load.begin();
                Pick::plain(good)
            }
            _ => Pick::plain(good),
        }
    }
}

fn caught(flaw: Flaw) -> String {
    let choice = Choice::of::<Bad>("bad", flaw);
    let check = AssertUnwindSafe(|| policy_suite::check_with(&choice, &mut allocations));
    let panic = catch_unwind(check).expect_err("the suite saw nothing");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

/// F 101: what the suite is for.
#[test]
fn a_bad_policy_is_caught_by_its_name_and_the_promise_that_it_broke() {
    for (flaw, promise) in [
        (Flaw::AlwaysFirst, "has not tried, while there is one"),
        (Flaw::NeverTwice, "a pick yields a READY endpoint"),
        (Flaw::Allocates, "a pick allocates nothing"),
        (Flaw::PanicsOnWeight, "an update never panics"),
        (Flaw::PanicsInPick, "a pick never panics"),
        (Flaw::KeepsOldIds, "asked for in this update"),
        (Flaw::AsksForTheGone, "asks only for instances that it was given"),
        (Flaw::NeverReady, "when all that it asks for is READY"),
        (Flaw::ForgetsToEnd, "none is counted in flight"),
    ] {
        let seen = caught(flaw);
        assert!(seen.contains("the policy \"bad\"") && seen.contains(promise), "{promise}: {seen}");
    }
}
