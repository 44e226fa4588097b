use super::super::testing::Bench;
use super::*;
use proptest::prelude::*;
use serde_json::json;

const NAME: &str = WeightedRoundRobinSmooth::NAME;

fn bench(weights: &[u32], start: Option<u64>) -> Bench {
    Bench::new(&json!({NAME: {}}), weights, start)
}

/// nginx's algorithm to the letter: the turns, and the current values after each.
fn nginx(weights: &[u32], count: usize) -> Vec<(usize, Vec<i64>)> {
    let sum: i64 = weights.iter().map(|weight| i64::from(*weight)).sum();
    let mut current = vec![0i64; weights.len()];
    (0..count)
        .map(|_| {
            let mut best = 0;
            for (place, weight) in weights.iter().enumerate() {
                current[place] += i64::from(*weight);
                if current[place] > current[best] {
                    best = place;
                }
            }
            current[best] -= sum;
            (best, current.clone())
        })
        .collect()
}

/// G-01, G-03, G-04, G-05, G-06, G-07, B 27, F07.
#[test]
fn the_sequences_are_nginx_s() {
    for (weights, want) in [
        (&[5, 1, 1][..], "aabacaa aabacaa aabacaa"),
        (&[3, 2, 1], "abacba abacba"),
        (&[4, 2, 1], "abacaba abacaba"),
        (&[10, 20, 30], "cbacbc cbacbc"),
        (&[1, 2, 3, 4], "dcbdacdbcd dcbdacdbcd"),
        (&[7, 3], "abaaabaaba abaaabaaba"),
        (&[6, 6, 6], "abc abc"),
        (&[u32::MAX], "a a a"),
    ] {
        let want = want.replace(' ', "");
        assert_eq!(bench(weights, Some(0)).letters(want.len()), want, "{weights:?}");
    }
    assert_eq!(bench(&[5, 1, 1], Some(1)).letters(7), "abacaaa");
    assert_eq!(bench(&[3, 2, 1], Some(1)).letters(6), "bacbaa");
    assert_eq!(bench(&[3, 2, 1], Some(60_001)).letters(6), "bacbaa");
}

/// G-02: what the other tests compare with is nginx's.
#[test]
fn the_model_goes_through_the_values_that_kitex_tests() {
    let states: Vec<_> = nginx(&[5, 1, 1], 4).into_iter().map(|(_, current)| current).collect();
    assert_eq!(states, [[-2, 1, 1], [-4, 2, 2], [1, -4, 3], [-1, -3, 4]]);
}

/// G-05: 1,000 periods.
#[test]
fn counts_are_exact_over_whole_periods() {
    assert_eq!(bench(&[10, 20, 30], None).counts(3_000), [500, 1_000, 1_500]);
}

/// G-10, F05: equal weights, however great, take plain turns.
#[test]
fn equal_weights_take_turns() {
    for weights in [[10; 3], [u32::MAX; 3]] {
        let picks = bench(&weights, None).next(30);
        for round in picks.windows(3) {
            let mut round = round.to_vec();
            round.sort_unstable();
            assert_eq!(round, [0, 1, 2]);
        }
    }
}

/// F06: also over updates of which another endpoint is the subject.
#[test]
fn the_place_is_kept_while_nobody_and_no_weight_changes() {
    let mut bench = bench(&[5, 1, 1], Some(0));
    assert_eq!(bench.letters(3), "aab");
    bench.update(&[5, 1, 1]);
    assert_eq!(bench.letters(4), "acaa");
    bench.update(&[10, 2, 2]);
    assert_eq!(bench.letters(7), "aabacaa");
    let weights = [99_991, 99_989, 1];
    bench.update(&weights);
    let mut other = Bench::new(&json!({NAME: {}}), &weights, Some(0));
    let want = other.next(2_000);
    assert_eq!(bench.next(1_000), want[..1_000]);
    bench.update(&weights);
    assert_eq!(bench.next(1_000), want[1_000..]);
}

/// A start beyond the first block, and one so far off that nobody goes there step by step.
#[test]
fn a_long_sequence_begins_where_the_caller_says() {
    let weights = [9_001, 17, 1, 4_999];
    let want = bench(&weights, Some(0)).next(20_000);
    for start in [1, 255, 256, 1_000, 14_018 + 5] {
        let got = bench(&weights, Some(start as u64)).next(2_000);
        assert_eq!(got, want[start..start + 2_000], "{start}");
    }
    bench(&[u32::MAX, 1, 7], Some(u64::from(u32::MAX))).next(100);
}

/// G-11, B 25: no slot is lost or handed out twice, in tables and in blocks, whoever ends a block.
#[test]
fn threads_together_give_each_endpoint_its_exact_count() {
    assert_eq!(bench(&[5, 1, 1], None).counts_of_threads(4, 7 * 2_000), [40_000, 8_000, 8_000]);
    for start in 0..5 {
        let counts = bench(&[4_001, 99, 1], Some(start)).counts_of_threads(8, 4_101 * 10);
        assert_eq!(counts, [320_080, 7_920, 80]);
    }
}

/// Threads that share nothing are each exact for themselves; blocks are shared in either order.
#[test]
fn a_relaxed_rotation_turns_by_the_ticket() {
    let relaxed = json!({NAME: {"order": "relaxed"}});
    let mut small = Bench::new(&relaxed, &[5, 1, 1], None);
    assert_eq!(small.letters(14), "aabacaaaabacaa");
    assert_eq!(small.letters(2), "aa");
    assert_eq!(Bench::new(&relaxed, &[4_001, 99, 1], None).counts(4_101 * 2), [8_002, 198, 2]);
}

/// F05: no overflow, no panic, O(n) of time and memory for each block.
#[test]
fn the_greatest_weights_neither_overflow_nor_panic() {
    let mut weights = vec![u32::MAX; 20_000];
    (weights[0], weights[7]) = (1, u32::MAX - 1);
    let counts = bench(&weights, None).counts(40_000);
    assert!(counts.iter().all(|count| *count <= 4), "a turn or so more or less than 2");
    let counts = bench(&[1, u32::MAX], Some(0)).counts(100_000);
    assert!(counts[0] <= 1, "{counts:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// F07: for any weights with a period of at most 4,096.
    #[test]
    fn a_short_sequence_is_nginx_s(
        weights in prop::collection::vec(prop_oneof![1..4u32, 1..400u32], 1..11), scale in 1..1_000u32, start in 0..5_000usize,
    ) {
        let weights: Vec<u32> = weights.iter().map(|weight| weight * scale).collect();
        let want: Vec<_> = nginx(&weights, start + 4_200).into_iter().map(|(place, _)| place).collect();
        prop_assert_eq!(bench(&weights, Some(start as u64)).next(4_200), &want[start..]);
    }

    /// F07: many members, few distinct weights.
    #[test]
    fn a_short_sequence_of_many_members_is_nginx_s(weights in prop::collection::vec(1..4u32, 1..900)) {
        let want: Vec<_> = nginx(&weights, 1_000).into_iter().map(|(place, _)| place).collect();
        prop_assert_eq!(bench(&weights, Some(0)).next(1_000), want);
    }

    /// B 24, F20.
    #[test]
    fn retries_do_not_move_the_rotation(
        weights in prop::collection::vec(prop_oneof![1..5u32, 1..9_000u32], 1..6),
        tried in prop::collection::vec(prop::collection::vec(0..6usize, 1..6), 1..20),
    ) {
        let (mut bench, want) = (bench(&weights, Some(0)), bench(&weights, Some(0)).next(tried.len()));
        for (want, tried) in want.into_iter().zip(tried) {
            prop_assert_eq!(bench.pick(0, &[]), want);
            let tried: Vec<usize> = tried.iter().map(|place| place % weights.len()).collect();
            let picked = bench.pick(0, &tried);
            let left = (0..weights.len()).any(|place| !tried.contains(&place));
            prop_assert!(!left || !tried.contains(&picked));
        }
    }
}
