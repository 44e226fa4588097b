use super::*;
use crate::policies::load_aware::trials;
use crate::{Choice, policies::closed_loop::Work};
use proptest::prelude::*;

fn choice() -> Choice {
    Choice::of::<PeakEwma>("peak_ewma", PeakEwmaConfig::default())
}

fn peak() -> Peak {
    PeakEwmaConfig::default().estimate()
}

fn close(got: f64, want: f64) {
    assert!((got - want).abs() < 1e-9, "{got} is not {want}");
}

/// F51, F52: Finagle's rule.
#[test]
fn it_jumps_to_a_slower_answer_and_falls_slowly_to_a_faster_one() {
    let peak = peak();
    peak.answered(1.0, 0.010);
    close(peak.read(1.0).latency, 0.010);
    peak.answered(2.0, 0.050);
    close(peak.read(2.0).latency, 0.050);
    peak.answered(12.0, 0.010);
    close(peak.read(12.0).latency, 0.010 + 0.040 / std::f64::consts::E);
}

/// F51: a fast failure is no good answer.
#[test]
fn a_failure_counts_as_the_penalty_at_least() {
    let peak = peak();
    peak.failed(1.0, 0.000_5);
    close(peak.read(1.0).latency, 1.0);
    peak.failed(1.0, 3.0);
    close(peak.read(1.0).latency, 3.0);
}

/// F51: it would have taken at least as long.
#[test]
fn a_call_that_was_given_up_may_raise_but_not_lower() {
    let peak = peak();
    peak.given_up(1.0, 0.001);
    assert!(peak.read(1.0).trust == 0.0);
    peak.answered(1.0, 0.010);
    peak.given_up(2.0, 0.005);
    close(peak.read(1.0).latency, 0.010);
    peak.given_up(2.0, 0.500);
    close(peak.read(2.0).latency, 0.500);
}

/// A punished server is tried again.
#[test]
fn it_falls_while_nothing_is_heard() {
    let peak = peak();
    peak.failed(0.0, 0.0);
    let seen: Vec<f64> = (0..10).map(|n| peak.read(f64::from(n) * 10.0).latency).collect();
    assert!(seen.windows(2).all(|pair| pair[1] < pair[0]) && seen[9] < 0.03, "{seen:?}");
}

/// What is not known is no dearer than what the others take.
#[test]
fn an_unknown_server_is_taken_for_the_default_or_what_the_others_take() {
    let peak = peak();
    let unknown = |typical| peak.cost(Reading::default(), typical, 1.0);
    close(unknown(None), 0.030);
    close(unknown(Some(0.100)), 0.030);
    close(unknown(Some(0.002)), 0.002);
}

/// One thing that an estimate is told: what, when, how long.
type Told = (u8, f64, f64);

proptest! {
    /// B 31: clocks that go back or stand still, calls of no time.
    #[test]
    fn its_numbers_are_finite_whatever_the_clock_does(told in prop::collection::vec((0..3u8, 0.0..1e6, prop_oneof![Just(0.0), 0.0..1e5]), 0..60), now in 0.0..1e6) {
        let told: Vec<Told> = told;
        let peak = peak();
        for (what, at, latency) in told {
            match what {
                0 => peak.answered(at, latency),
                1 => peak.failed(at, latency),
                _ => peak.given_up(at, latency),
            }
            let known = peak.read(now);
            prop_assert!(known.latency.is_finite() && known.latency >= 0.0);
            let cost = peak.cost(known, None, 1e10);
            prop_assert!(cost.is_finite() && cost > 0.0);
        }
    }
}

/// B 29, both models, with and without think time.
#[test]
fn a_server_ten_times_slower_gets_less_than_3_percent() {
    trials::slow_one(&choice());
}

/// A black hole must not attract.
#[test]
fn a_server_that_fails_fast_gets_less_than_half_a_percent() {
    trials::black_hole(&choice());
}

/// B 32, F53.
#[test]
fn a_new_server_gets_at_most_twice_its_share_in_its_first_second() {
    trials::newcomer(&choice());
}

/// B 32: also where it is five times as fast as the others.
#[test]
fn a_new_server_that_is_faster_gets_no_more_in_its_first_second() {
    trials::fast_newcomer(&choice());
}

/// F52. With random latencies a server that had a bad one is spared for a while; that is what a peak is for.
#[test]
fn equal_servers_get_even_shares() {
    trials::even(&choice(), &[Work::Constant]);
}

/// F10.
#[test]
fn weights_hold_when_idle_and_under_load() {
    trials::weights(&choice(), Work::Constant);
}
