use super::super::testing::{Bench, chi_square};
use super::*;
use crate::{EndpointId, Roster, WEIGHT_ONE};
use proptest::prelude::*;
use serde_json::json;

fn bench(weights: &[u32]) -> Bench {
    Bench::new(&json!({"weighted_random": {}}), weights, None)
}

fn drawn(weights: &[u64]) -> Drawn {
    let id = |index| EndpointId { index, generation: 1 };
    Drawn::new(&(0..).map(id).zip(weights.iter().map(|w| w * WEIGHT_ONE)).collect())
}

/// G-19, B 28: chi-square with 2 degrees of freedom, p > 0.001.
#[test]
fn shares_follow_the_weights() {
    let counts = bench(&[10, 20, 50]).counts(100_000);
    assert!(chi_square(&counts, &[10, 20, 50]) < 13.82, "{counts:?}");
}

/// B 28: a million picks, 9 degrees of freedom, p > 0.001.
#[test]
fn shares_of_many_weights_follow_them_in_a_million_picks() {
    let weights = [1, 2, 3, 4, 5, 60, 70, 800, 9, 10_000];
    let counts = bench(&weights).counts(1_000_000);
    assert!(chi_square(&counts, &weights) < 27.88, "{counts:?}");
}

/// G-21, F12.
#[test]
fn a_hundred_equal_weights_all_get_their_share() {
    let counts = bench(&[1; 100]).counts(100_000);
    assert!(counts.iter().all(|count| (800..=1200).contains(count)), "{counts:?}");
}

/// G-20, G-22, F09, F10: no share is off by one part of the sum.
#[test]
fn probabilities_are_exactly_weight_over_sum() {
    for weights in [&[10, 20, 50][..], &[1, 2, 3, 4], &[5, 1, 1], &[2, 3, 4], &[1, u64::from(u32::MAX)]] {
        #[expect(clippy::cast_precision_loss, reason = "a probability")]
        let shares = weights.iter().map(|w| *w as f64 / weights.iter().sum::<u64>() as f64);
        for (got, want) in drawn(weights).alias.probabilities().into_iter().zip(shares) {
            assert!((got - want).abs() < 1e-12, "{weights:?}: {got} {want}");
        }
    }
}

/// G-24, G-25, F02, F04.
#[test]
fn drained_instances_are_never_picked_and_nothing_else_is_an_error() {
    assert_eq!(bench(&[10, 0]).counts(1_000), [1_000]);
    let choice = super::super::registry().default_of("weighted_random").unwrap();
    let now = super::super::testing::now();
    for (weights, want) in [(&[0, 0][..], "all 2 instances are drained (weight 0)"), (&[], "no instances")] {
        let set = super::super::testing::set(weights);
        let state = Roster::new(choice.clone(), 0).update(&set, now).unwrap();
        let Pick::Fail(why) = state.picker.pick(&CallInfo::new(1, 0, &|| now)) else { panic!("{weights:?}") };
        assert_eq!(why.to_string(), want);
    }
}

/// F21: by weight among those that are left, and among all when none is.
#[test]
fn retries_draw_by_weight_from_those_left() {
    let mut bench = bench(&[100, 1, 3]);
    let mut counts = [0; 3];
    (0..40_000).for_each(|ticket| counts[bench.pick(ticket, &[0])] += 1);
    assert_eq!(counts[0], 0);
    assert!(chi_square(&counts[1..], &[1, 3]) < 10.83, "{counts:?}");
    let mut counts = [0; 3];
    (0..40_000).for_each(|ticket| counts[bench.pick(ticket, &[0, 1, 2])] += 1);
    assert!(chi_square(&counts, &[100, 1, 3]) < 13.82, "{counts:?}");
}

/// F05.
#[test]
fn a_hundred_thousand_of_the_greatest_weight_neither_overflow_nor_panic() {
    let mut weights = vec![u64::from(u32::MAX); 100_000];
    weights[3] = 1;
    let drawn = Arc::new(drawn(&weights));
    let now = super::super::testing::now();
    for random in [0, 1, u64::MAX / 2, u64::MAX] {
        for tried in [&[][..], &[drawn.members[0].0]] {
            let pick = drawn.pick(&CallInfo::new(random, 0, &|| now).with_tried(tried));
            assert!(matches!(pick, Pick::Endpoint(..)));
        }
    }
}

/// The table outlives an update that changes nothing, and only that.
#[test]
fn the_table_is_made_again_only_for_another_list() {
    let (mut kept, mut made) = (ByWeight::default(), 0);
    let now = super::super::testing::now();
    let node = Arc::new(crate::Node {
        instance: Arc::new(crate::Instance::new([])),
        load: Arc::default(),
        error: None,
    });
    let mut get = |list: &[(u32, u64)]| {
        let one = |(index, weight): &(u32, u64)| Endpoint {
            id: EndpointId { index: *index, generation: 1 },
            state: crate::Connectivity::Ready,
            since: now,
            weight: *weight,
            node: node.clone(),
        };
        *kept.get(&list.iter().map(one).collect::<Vec<_>>(), |_| {
            made += 1;
            made
        })
    };
    assert_eq!([get(&[(1, 5)]), get(&[(1, 5)]), get(&[(1, 6)]), get(&[(2, 6)])], [1, 1, 2, 3]);
    assert_eq!([get(&[(2, 6), (1, 6)]), get(&[(1, 6), (2, 6)]), get(&[(1, 6)])], [4, 5, 6]);
}

proptest! {
    /// F20.
    #[test]
    fn a_retry_goes_to_somebody_else_while_there_is_one(
        weights in prop::collection::vec(prop_oneof![1..9u32, Just(u32::MAX)], 1..9), tried in prop::collection::vec(0..9usize, 0..9),
    ) {
        let picked = bench(&weights).pick(0, &tried);
        let left = (0..weights.len()).any(|place| !tried.contains(&place));
        prop_assert!(!left || !tried.contains(&picked));
    }
}
