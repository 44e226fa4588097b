use super::super::testing::Bench;
use proptest::prelude::*;
use serde_json::json;

fn bench(n: usize, start: Option<u64>) -> Bench {
    Bench::new(&json!({"round_robin": {}}), &vec![1; n], start)
}

/// G-10, F06.
#[test]
fn every_round_holds_each_endpoint_once() {
    let picks = bench(3, None).next(30);
    for round in picks.windows(3) {
        let mut round = round.to_vec();
        round.sort_unstable();
        assert_eq!(round, [0, 1, 2]);
    }
}

/// F06: `keel pick --start`.
#[test]
fn a_fixed_start_is_the_place_of_the_first_pick() {
    assert_eq!(bench(3, Some(0)).letters(7), "abcabca");
    assert_eq!(bench(3, Some(2)).letters(4), "cabc");
    assert_eq!(bench(3, Some(u64::from(u32::MAX))).letters(4), "abca");
}

/// F06.
#[test]
fn the_place_is_kept_across_updates() {
    let mut bench = bench(3, Some(0));
    assert_eq!(bench.letters(2), "ab");
    bench.update(&[1, 1, 1]);
    assert_eq!(bench.letters(2), "ca");
    bench.update(&[7, 1, 1]);
    assert_eq!(bench.letters(2), "bc");
    bench.update(&[7, 1, 1, 1]);
    assert_eq!(bench.letters(4), "cdab");
}

/// B 25: the rotation is exact, so k is k, with no thread's worth of slack.
#[test]
fn threads_together_give_each_endpoint_its_exact_count() {
    for (threads, n) in [(2, 3), (4, 7), (8, 10)] {
        let each = 5_000 * n;
        let counts = bench(n, None).counts_of_threads(threads, each);
        assert_eq!(counts, vec![5_000 * usize::try_from(threads).unwrap(); n]);
    }
}

/// Threads that share nothing are each exact for themselves.
#[test]
fn a_relaxed_rotation_turns_by_the_ticket() {
    let mut bench = Bench::new(&json!({"round_robin": {"order": "relaxed"}}), &[1; 3], None);
    assert_eq!(bench.letters(7), "abcabca");
    assert_eq!(bench.pick(u64::MAX, &[]), 0, "2^64-1 is a multiple of 3");
}

/// A wrapper that avoids an endpoint is asking for another one, as a retry is.
#[test]
fn a_call_that_avoids_an_endpoint_goes_elsewhere() {
    let mut bench = bench(2, Some(0));
    for _ in 0..20 {
        assert_ne!(bench.pick_avoiding(0), 0);
    }
    assert_eq!(bench.letters(2), "ab");
}

proptest! {
    /// B 24, F20: nobody is tried twice while somebody is left, and the first picks go on as if there were no retries.
    #[test]
    fn retries_do_not_move_the_rotation(
        n in 1..9usize, tried in prop::collection::vec(prop::collection::vec(0..9usize, 1..9), 1..20),
    ) {
        let mut bench = bench(n, Some(0));
        for (turn, tried) in tried.iter().enumerate() {
            prop_assert_eq!(bench.pick(0, &[]), turn % n);
            let tried: Vec<usize> = tried.iter().map(|place| place % n).collect();
            let picked = bench.pick(0, &tried);
            let left = (0..n).any(|place| !tried.contains(&place));
            prop_assert!(!left || !tried.contains(&picked));
        }
    }
}
