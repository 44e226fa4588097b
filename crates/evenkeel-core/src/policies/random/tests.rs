use super::super::testing::{Bench, chi_square};
use serde_json::json;

fn bench(weights: &[u32]) -> Bench {
    Bench::new(&json!({"random": {}}), weights, None)
}

/// G-23, F11: each of 7 within 1 % of a seventh in a million picks.
#[test]
fn every_endpoint_is_as_likely_as_any_other() {
    let counts = bench(&[1; 7]).counts(1_000_000);
    assert!(counts.iter().all(|count| count.abs_diff(142_857) < 1_428), "{counts:?}");
}

#[test]
fn weights_do_not_matter_unless_they_are_0() {
    let counts = bench(&[1, 1_000, u32::MAX]).counts(30_000);
    assert!(chi_square(&counts, &[1, 1, 1]) < 13.82, "{counts:?}");
    assert_eq!(bench(&[3, 0]).counts(1_000), [1_000]);
}

/// F20: evenly among those that are left, among all when none is.
#[test]
fn retries_draw_evenly_from_those_left() {
    let mut bench = bench(&[5, 1, 3]);
    let mut counts = [0; 3];
    (0..20_000).for_each(|ticket| counts[bench.pick(ticket, &[1])] += 1);
    assert_eq!(counts[1], 0);
    assert!(chi_square(&[counts[0], counts[2]], &[1, 1]) < 10.83, "{counts:?}");
    let mut counts = [0; 3];
    (0..30_000).for_each(|ticket| counts[bench.pick(ticket, &[0, 1, 2])] += 1);
    assert!(chi_square(&counts, &[1, 1, 1]) < 13.82, "{counts:?}");
}
