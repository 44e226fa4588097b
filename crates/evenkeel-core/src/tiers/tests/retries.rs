use super::world::{World, choose};
use crate::{
    Address, BadUpdate, CallInfo, Choice,
    Connectivity::{Ready, TransientFailure},
    EndpointId, Endpoints, FailureKind, Instance, Pick, Policy, PolicyInfo, Roster, Snapshot, State, mix,
    policies::{self, RoundRobin, RoundRobinConfig},
};
use proptest::prelude::*;
use serde_json::json;
use std::time::Instant;

fn at(n: usize) -> Instance {
    Instance::from(format!("h{n}:1").parse::<Address>().unwrap())
}

#[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
fn now() -> Instant {
    Instant::now()
}

fn updated(choice: Choice, set: &Snapshot) -> (Roster, State) {
    let mut roster = Roster::new(choice, 5).with_start(0);
    let state = roster.update(set, now()).unwrap();
    (roster, state)
}

fn pick(state: &State, ticket: u64, tried: &[EndpointId]) -> EndpointId {
    let call = CallInfo::new(mix(ticket), ticket, &now).with_key(Some(b"key")).with_tried(tried);
    match state.picker.pick(&call) {
        Pick::Endpoint(id, _) => id,
        other => panic!("{other:?}"),
    }
}

/// Whoever is at hand takes the retry; nobody is connected only for it.
#[test]
fn a_retry_goes_to_a_lower_tier_that_runs_and_starts_none() {
    let mut world = World::new(choose("round_robin"), &[(0, 10), (1, 20), (2, 30)]);
    world.put(0, Ready);
    assert_eq!((world.pick(&[0]), world.net.asked.clone()), (Ok(0), vec![0]));
    world.put(0, TransientFailure);
    world.put(1, Ready);
    world.put(0, Ready);
    assert_eq!([world.pick(&[]), world.pick(&[0])], [Ok(0), Ok(1)]);
    assert_eq!(world.pick(&[0, 1]), Ok(0));
    world.put(1, TransientFailure);
    assert_eq!((world.pick(&[0]), world.net.asked.clone()), (Ok(0), vec![0, 1]));
}

/// G-77, A 20: only the better tier, and its weights as they are.
#[test]
fn first_picks_go_to_the_best_tier_by_weight() {
    let set: Snapshot = [(0, 10, 60), (1, 20, 500), (2, 10, 40)]
        .map(|(n, priority, weight)| at(n).with_priority(priority).with_weight(weight))
        .into_iter()
        .collect();
    let (roster, state) = updated(choose("weighted_round_robin_smooth"), &set);
    let mut counts = [0; 3];
    for ticket in 0..1_000 {
        let name = roster.instance(pick(&state, ticket, &[])).unwrap().name();
        counts[(0..3).find(|n| at(*n).name() == name).unwrap()] += 1;
    }
    assert_eq!(counts, [600, 0, 400]);
}

/// A 8, F02: a tier whose instances are all drained does not exist.
#[test]
fn a_drained_tier_does_not_exist() {
    let set = |first: u32, second: u32| -> Snapshot {
        let members = [at(0).with_weight(first), at(1).with_priority(1).with_weight(second)];
        members.into_iter().collect()
    };
    let (mut roster, state) = updated(choose("round_robin"), &set(0, 1));
    assert_eq!(roster.instance(pick(&state, 0, &[])).unwrap().name(), "h1:1");
    assert_eq!(roster.endpoints().count(), 1);
    let state = roster.update(&set(0, 0), now()).unwrap();
    let call = CallInfo::new(0, 0, &now);
    let Pick::Fail(why) = state.picker.pick(&call) else { panic!("all are drained") };
    assert_eq!(why.kind(), FailureKind::AllDrained);
}

/// Refuses all but two.
#[derive(Debug, Default)]
struct Two(RoundRobin);

impl Policy for Two {
    type Config = RoundRobinConfig;

    fn update(
        &mut self,
        set: &Snapshot,
        config: &RoundRobinConfig,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        if set.len() == 2 { self.0.update(set, config, endpoints) } else { Err(BadUpdate::new("not two")) }
    }
}

/// A 8, F 96: a tier that refuses what is left of it goes on with what it was, but not with who was drained.
#[test]
fn a_tier_that_goes_on_with_its_last_good_set_leaves_out_who_was_drained() {
    let set = |weight| -> Snapshot {
        [at(0), at(1).with_weight(weight), at(2).with_priority(1), at(3).with_priority(1)]
            .into_iter()
            .collect()
    };
    let choice = Choice::of::<Two>("two", RoundRobinConfig::default());
    let (mut roster, state) = updated(choice, &set(1));
    let drained = (0..2)
        .map(|ticket| pick(&state, ticket, &[]))
        .find(|id| roster.instance(*id).unwrap().name() == "h1:1");
    assert!(drained.is_some());
    let (_, state) = roster.update(&set(0), now()).unwrap_err();
    assert!((0..10).all(|ticket| Some(pick(&state, ticket, &[])) != drained));
}

/// Where a policy joins all instances into one endpoint, that is one endpoint a tier.
#[test]
fn pick_first_goes_from_tier_to_tier() {
    let set: Snapshot =
        [(0, 2), (1, 1), (2, 1)].map(|(n, tier)| at(n).with_priority(tier)).into_iter().collect();
    let (roster, state) = updated(choose("pick_first"), &set);
    let first = pick(&state, 0, &[]);
    let second = pick(&state, 0, &[first]);
    let names =
        |id| roster.instance(id).unwrap().addresses().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!((names(first), names(second)), (vec!["h1:1".into(), "h2:1".into()], vec!["h0:1".into()]));
}

/// Every policy that yields instances as they are, with what it needs.
fn choices() -> Vec<Choice> {
    let registry = policies::registry();
    let config = |info: PolicyInfo| match info.name {
        "pick_first" => None,
        "tagging" => Some(json!({"tags": [{"key": "zone", "value": ""}], "childPolicy": [{"random": {}}]})),
        "bounded_load" => Some(json!({"childPolicy": [{"maglev": {}}]})),
        _ => Some(json!({})),
    };
    let all = registry.policies().filter_map(|info| config(info).map(|config| json!([{info.name: config}])));
    all.map(|list| registry.choose(&list).unwrap()).collect()
}

proptest! {
    /// B 24 with tiers: a call that fails everywhere tries each instance once, tier by tier, and then a tried one.
    #[test]
    fn attempts_go_through_all_tiers_in_order(
        members in prop::collection::vec((0..4u32, 1..4u32), 1..12), policy in 0..64usize, ticket: u64,
    ) {
        let (choices, members) = (choices(), members.into_iter().enumerate());
        let set: Snapshot =
            members.map(|(n, (tier, weight))| at(n).with_priority(tier).with_weight(weight)).collect();
        let (roster, state) = updated(choices[policy % choices.len()].clone(), &set);
        let (mut tried, mut seen) = (Vec::new(), Vec::new());
        for attempt in 0..set.len() as u64 {
            let id = pick(&state, ticket.wrapping_add(attempt), &tried);
            prop_assert!(!tried.contains(&id), "{:?} again after {:?}", id, tried);
            seen.push(roster.instance(id).unwrap().priority());
            tried.insert(tried.partition_point(|other| *other < id), id);
        }
        prop_assert!(seen.is_sorted(), "{:?}", seen);
        prop_assert!(tried.contains(&pick(&state, ticket, &tried)));
    }
}
