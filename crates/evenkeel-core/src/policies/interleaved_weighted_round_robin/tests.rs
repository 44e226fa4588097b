use super::super::testing::{Bench, set};
use super::*;
use crate::mix;
use proptest::prelude::*;
use serde_json::json;
use std::collections::VecDeque;

fn bench(weights: &[u32], start: Option<u64>) -> Bench {
    Bench::new(&json!({"interleaved_weighted_round_robin": {}}), weights, start)
}

/// Kitex's algorithm to the letter.
fn model(weights: &[u32], count: usize) -> Vec<usize> {
    let lowest = weights.iter().fold(0, |a, b| super::super::by_weight::gcd(a, u64::from(*b)));
    let full = |place: usize| u64::from(weights[place]) / lowest;
    let mut queue: VecDeque<(usize, u64)> = (0..weights.len()).map(|place| (place, full(place))).collect();
    let (mut next, mut picks) = (VecDeque::new(), Vec::new());
    while picks.len() < count {
        let Some((place, left)) = queue.pop_front() else {
            std::mem::swap(&mut queue, &mut next);
            continue;
        };
        picks.push(place);
        if left > 1 { queue.push_back((place, left - 1)) } else { next.push_back((place, full(place))) }
    }
    picks
}

/// G-13, G-14, G-16, G-17, F08.
#[test]
fn the_sequences_are_kitex_s() {
    for (weights, want) in [
        (&[5, 1, 1][..], "abcaaaa bcaaaaa bcaaaaa"),
        (&[3, 2, 1], "abcaba cbabaa cbabaa"),
        (&[1, 2, 3, 4], "abcdbcdcdd abcdbcdcdd"),
        (&[10, 20, 30], "abcbcc abcbcc"),
        (&[7, 3], "abababaaaa bababaaaaa bababaaaaa"),
        (&[4, 4, 4], "abc abc abc"),
        (&[9], "a a a"),
    ] {
        let want = want.replace(' ', "");
        assert_eq!(bench(weights, Some(0)).letters(want.len()), want, "{weights:?}");
    }
}

/// G-18: from any place, in any cycle.
#[test]
fn every_cycle_holds_each_endpoint_as_often_as_its_weight() {
    let mut bench = bench(&[50, 10, 10, 30], None);
    for _ in 0..5 {
        assert_eq!(bench.counts(10), [5, 1, 1, 3]);
    }
}

/// Only a fixed start sees the first cycle, the one whose turns cost a look at all members.
#[test]
fn a_random_start_begins_in_a_later_cycle() {
    let roster = |seed| crate::Roster::new(super::super::registry().default_of(NAME).unwrap(), seed);
    for seed in 0..50 {
        let (mut roster, now) = (roster(mix(seed)), super::super::testing::now());
        let state = roster.update(&set(&[7, 3]), now).unwrap();
        let picks: String = (0..20)
            .map(|ticket| match state.picker.pick(&CallInfo::new(1, ticket, &|| now)) {
                Pick::Endpoint(id, _) if id.index == 0 => 'a',
                _ => 'b',
            })
            .collect();
        assert!("bababaaaaa".repeat(4).contains(&picks), "{picks}");
    }
}

const NAME: &str = InterleavedWeightedRoundRobin::NAME;

/// F06, F08: also over updates of which another endpoint is the subject.
#[test]
fn the_place_is_kept_while_nobody_and_no_weight_changes() {
    let mut bench = bench(&[5, 1, 1], Some(0));
    assert_eq!(bench.letters(3), "abc");
    bench.update(&[5, 1, 1]);
    assert_eq!(bench.letters(4 + 7), "aaaabcaaaaa");
    bench.update(&[5, 1, 1, 0]);
    assert_eq!(bench.letters(7), "bcaaaaa");
    bench.update(&[5, 2, 1]);
    assert_eq!(bench.letters(8), "abcabaaa");
}

/// G-11: threads share one sequence.
#[test]
fn threads_together_give_each_endpoint_its_exact_count() {
    assert_eq!(bench(&[5, 1, 2], None).counts_of_threads(4, 8 * 1_000), [20_000, 4_000, 8_000]);
}

/// Threads that share nothing are each exact for themselves.
#[test]
fn a_relaxed_rotation_turns_by_the_ticket() {
    let relaxed = json!({NAME: {"order": "relaxed"}});
    let mut fixed = Bench::new(&relaxed, &[5, 1, 1], Some(0));
    assert_eq!(fixed.letters(14), "abcaaaabcaaaaa");
    assert_eq!(fixed.letters(2), "ab");
    assert_eq!(Bench::new(&relaxed, &[5, 1, 1], None).letters(14), "bcaaaaabcaaaaa");
}

/// F05, F08: O(n) of memory and no overflow.
#[test]
fn the_greatest_weights_neither_overflow_nor_panic() {
    let mut weights: Vec<u64> = (0..100_000u64).map(|n| (u64::from(u32::MAX) - n) << 12).collect();
    weights[7] = 1;
    let sum: u64 = weights.iter().sum();
    let cycles = Cycles::new(weights.into());
    assert_eq!(cycles.period(), sum);
    let last = sum - 1;
    assert_eq!([cycles.later(0), cycles.later(last), cycles.first(0), cycles.first(last)], [7, 0, 0, 0]);
    assert_eq!([cycles.later(1), cycles.later(99_999), cycles.later(100_000)], [99_999, 0, 99_999]);
}

proptest! {
    /// F08: three cycles, from any place of them.
    #[test]
    fn the_sequence_is_that_of_the_queue(
        weights in prop::collection::vec(prop_oneof![1..9u32, 1..60u32], 1..8), scale in 1..9u32, skip in 0..200usize,
    ) {
        let weights: Vec<u32> = weights.iter().map(|weight| weight * scale).collect();
        let lowest = weights.iter().fold(0, |a, b| super::super::by_weight::gcd(a, u64::from(*b)));
        let cycle = usize::try_from(weights.iter().map(|w| u64::from(*w)).sum::<u64>() / lowest).unwrap();
        let want = model(&weights, 3 * cycle + skip);
        prop_assert_eq!(bench(&weights, Some(0)).next(3 * cycle + skip), &want[..]);
        prop_assert_eq!(bench(&weights, Some(skip as u64)).next(3 * cycle), &want[skip..]);
    }

    /// B 24, F20.
    #[test]
    fn retries_do_not_move_the_rotation(
        weights in prop::collection::vec(1..5u32, 1..6), tried in prop::collection::vec(prop::collection::vec(0..6usize, 1..6), 1..20),
    ) {
        let (mut bench, want) = (bench(&weights, Some(0)), model(&weights, tried.len()));
        for (want, tried) in want.into_iter().zip(tried) {
            prop_assert_eq!(bench.pick(0, &[]), want);
            let tried: Vec<usize> = tried.iter().map(|place| place % weights.len()).collect();
            let picked = bench.pick(0, &tried);
            let left = (0..weights.len()).any(|place| !tried.contains(&place));
            prop_assert!(!left || !tried.contains(&picked));
        }
    }
}
