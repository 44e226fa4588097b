use crate::{
    Call, CallInfo, EndpointId, Pick, mix,
    policies::{
        self,
        hashing::client::{Client, now, set},
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::HashMap;

fn config(factor: f64) -> Value {
    json!({"loadFactor": factor, "childPolicy": [{"consistent_hash": {"pointsPerWeight": 40}}]})
}

fn bounded(factor: f64, weights: &[u32]) -> Client {
    Client::new("bounded_load", &config(factor), &set(weights))
}

/// ceil(factor * total * weight / weights), with the factor in hundredths.
fn bound(hundredths: u64, total: usize, weight: u32, weights: &[u32]) -> u64 {
    let weights: u64 = weights.iter().map(|w| u64::from(*w)).sum();
    (hundredths * total as u64 * u64::from(weight)).div_ceil(100 * weights)
}

/// Nothing is counted: a call goes where its key belongs, and a second one beside it has to go on.
fn assert_idle(client: &Client, weights: &[u32]) {
    let alone = Client::new("consistent_hash", &json!({"pointsPerWeight": 40}), &set(weights));
    for key in 0..100u64 {
        let (key, list) = (key.to_le_bytes(), alone.list(key.to_le_bytes()));
        let (first, second) = (client.pick(Some(&key), &[]).unwrap(), client.pick(Some(&key), &[]).unwrap());
        assert_eq!([client.name(first.0), client.name(second.0)], list[..2]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// B 39: after each call that is placed, in any history of calls that begin and end, few keys or many.
    #[test]
    fn no_instance_has_more_than_its_bound(
        weights in prop::collection::vec(1..5u32, 1..8), hundredths in 101..300u64,
        calls in prop::collection::vec((0..6u64, 0..3u8, any::<prop::sample::Index>()), 1..150),
    ) {
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let client = bounded(hundredths as f64 / 100.0, &weights);
        let mut held: Vec<(EndpointId, Call)> = Vec::new();
        for (key, end, which) in calls {
            if end == 0 && !held.is_empty() {
                drop(held.swap_remove(which.index(held.len())));
                continue;
            }
            let placed = client.pick(Some(&key.to_le_bytes()), &[]).unwrap();
            let id = placed.0;
            held.push(placed);
            let here = held.iter().filter(|(other, _)| *other == id).count() as u64;
            let bound = bound(hundredths, held.len(), weights[id.index as usize], &weights);
            prop_assert!(here <= bound, "{here} of {} on {id:?}, bound {bound}", held.len());
        }
    }
}

/// B 39, with threads that take rooms from each other: all calls are for one key, none ends.
#[test]
fn threads_together_keep_the_bound() {
    for round in 0..20u64 {
        let (client, weights) = (bounded(1.25, &[1; 7]), [1; 7]);
        let picker = client.picker();
        let take = || {
            let call = CallInfo::new(0, 0, &now).with_key(Some(b"hot"));
            (0..100).map(|_| picker.pick(&call)).collect::<Vec<_>>()
        };
        let held: Vec<Pick> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        let mut counts: HashMap<EndpointId, u64> = HashMap::new();
        for pick in &held {
            let Pick::Endpoint(id, _) = pick else { panic!("{pick:?}") };
            *counts.entry(*id).or_default() += 1;
        }
        assert!(counts.values().all(|n| *n <= bound(125, 400, 1, &weights)), "round {round}: {counts:?}");
        drop(held);
        assert_idle(&client, &[1; 7]);
    }
}

/// Threads that begin and end calls leave none behind.
#[test]
fn ended_and_dropped_calls_are_counted_out() {
    let client = bounded(1.25, &[1, 1, 1]);
    let picker = client.picker();
    std::thread::scope(|scope| {
        for seed in 0..4u64 {
            let picker = &picker;
            scope.spawn(move || {
                for n in 0..2_000 {
                    let key = mix(seed ^ n).to_le_bytes();
                    let call = CallInfo::new(0, 0, &now).with_key(Some(&key));
                    match picker.pick(&call) {
                        Pick::Endpoint(_, call) if n % 2 == 0 => call.end(crate::Outcome::Success),
                        pick => drop(pick),
                    }
                }
            });
        }
    });
    assert_idle(&client, &[1, 1, 1]);
}

/// While nobody is full, a key is where its hash policy alone has it; then it goes down that policy's list.
#[test]
fn a_key_goes_down_its_list_only_as_far_as_it_must() {
    let alone = Client::new("consistent_hash", &json!({"pointsPerWeight": 40}), &set(&[1; 5]));
    let client = bounded(2.0, &[1; 5]);
    for key in 0..200u64 {
        let key = key.to_le_bytes();
        assert_eq!(client.owner(key), alone.owner(key));
        // ceil(2 * calls / 5) is 1 for two calls, 2 for three to five, 3 for six and seven.
        let held: Vec<_> = (0..7).map(|_| client.pick(Some(&key), &[]).unwrap()).collect();
        let list = alone.list(key);
        let got: Vec<_> =
            held.iter().map(|(id, _)| list.iter().position(|name| *name == client.name(*id))).collect();
        assert_eq!(got, [0, 1, 0, 1, 2, 0, 1].map(Some));
    }
}

/// A retry finds an untried instance though all of them are full, and after the last one a tried one.
#[test]
fn exclusion_wins_over_the_bound() {
    let client = bounded(1.01, &[1; 3]);
    let mut held: Vec<_> = (0..30).map(|_| client.pick(Some(b"key"), &[]).unwrap()).collect();
    let ids: Vec<_> = (0..3).map(|index| EndpointId { index, generation: 1 }).collect();
    for left in &ids {
        let tried: Vec<_> = ids.iter().copied().filter(|id| id != left).collect();
        for _ in 0..5 {
            held.push(client.pick(Some(b"key"), &tried).unwrap());
            assert_eq!(held[held.len() - 1].0, *left);
        }
    }
    let again = client.pick(Some(b"key"), &ids).unwrap();
    assert!(ids.contains(&again.0));
    drop((held, again));
    assert_idle(&client, &[1; 3]);
}

/// F18.
#[test]
fn only_hash_policies_are_bounded() {
    for (bad, field) in [
        (json!({"childPolicy": [{"round_robin": {}}]}), "childPolicy"),
        (json!({}), "childPolicy"),
        (json!({"childPolicy": [{"consist": {}}], "loadFactor": 1.0}), "loadFactor"),
        (json!({"childPolicy": [{"consist": {}}], "loadFactor": 1e9}), "loadFactor"),
    ] {
        let error = policies::registry().choose(&json!([{"bounded_load": bad}])).unwrap_err();
        assert_eq!(error.field.as_deref(), Some(field), "{error}");
        assert!(error.bound.is_some() && error.path.ends_with(field), "{error}");
    }
}
