//! The random policies and the rotations.

use super::{allocations, check, choice};
use evenkeel_core::{Address, CallInfo, Instance, Roster, Snapshot};
use serde_json::{Value, json};
use std::time::Instant;

/// H 114, B 24.
#[test]
fn random_keeps_its_promises() {
    check(&json!({"random": {}}));
}

/// H 114, B 24.
#[test]
fn weighted_random_keeps_its_promises() {
    check(&json!({"weighted_random": {}}));
    check(&json!({"weight_random": {}}));
    check(&json!({"weight_random_with_alias_method": {}}));
}

/// H 114, B 24.
#[test]
fn interleaved_weighted_round_robin_keeps_its_promises() {
    check(&json!({"interleaved_weighted_round_robin": {}}));
    check(&json!({"interleaved_weighted_round_robin": {"order": "relaxed"}}));
}

/// H 114, B 24.
#[test]
fn weighted_round_robin_smooth_keeps_its_promises() {
    check(&json!({"weighted_round_robin_smooth": {}}));
    check(&json!({"weighted_round_robin_smooth": {"order": "relaxed"}}));
    check(&json!({"weight_round_robin": {}}));
}

fn set(weights: &[u32]) -> Snapshot {
    let at = |n: usize| Instance::from(format!("host-{n}:80").parse::<Address>().unwrap());
    weights.iter().enumerate().map(|(n, weight)| at(n).with_weight(*weight)).collect()
}

/// The most bytes that a first update holds at once, and the allocations of so many picks after it.
fn costs(config: &Value, weights: &[u32], picks: u64) -> (u64, usize) {
    let (set, now) = (set(weights), Instant::now());
    let (mut roster, mut state) = (Roster::new(choice(config), 1), None);
    let bytes = allocation_counter::measure(|| state = roster.update(&set, now).ok()).bytes_max;
    let picker = state.unwrap().picker;
    let pick = |ticket| drop(picker.pick(&CallInfo::new(ticket, ticket, &|| now)));
    // arc-swap has a record of each thread that uses it, and makes it once.
    pick(0);
    (bytes, allocations(&mut || (0..picks).for_each(pick)))
}

const ROTATIONS: [&str; 2] = ["weighted_round_robin_smooth", "interleaved_weighted_round_robin"];

/// G-12, F07, F08: Kitex makes a table of 199,981 places for these weights.
#[test]
fn the_memory_of_a_rotation_does_not_grow_with_its_weights() {
    for name in ROTATIONS {
        let small = costs(&json!({name: {}}), &[2, 2, 1], 1).0;
        for weights in [[99_991, 99_989, 1], [u32::MAX, u32::MAX - 1, 1]] {
            let bytes = costs(&json!({name: {}}), &weights, 1).0;
            assert!(bytes < small + 6 * 1024, "{name}: {bytes} bytes, where others take {small}");
        }
    }
}

/// Nor does a pick allocate, the one that makes a new block ahead included.
#[test]
fn no_pick_of_a_long_rotation_allocates() {
    for name in ROTATIONS {
        for weights in [&[99_991, 99_989, 1][..], &[u32::MAX, 1], &[5, 1, 1], &(1..500).collect::<Vec<_>>()] {
            assert_eq!(costs(&json!({name: {}}), weights, 50_000).1, 0, "{name}");
        }
    }
}
