use super::*;
use crate::policies::closed_loop::{self, Fleet, Lab};
use crate::{Choice, WEIGHT_ONE, mix};
use proptest::prelude::*;
use std::time::Duration;

const DEFAULT: LeastRequestConfig = LeastRequestConfig { choice_count: 2 };

fn choice() -> Choice {
    Choice::of::<LeastRequest>("least_request", DEFAULT)
}

fn server(index: u32, weight: u64, pending: u32) -> Server {
    let load = Arc::new(Load::default());
    load.pretend(pending);
    Server { id: EndpointId { index, generation: 1 }, weight, load }
}

fn over(servers: Vec<Server>, choices: usize) -> LeastLoaded {
    let weights: Vec<u64> = servers.iter().map(|s| s.weight).collect();
    LeastLoaded(Candidates::new(servers, Arc::new(crate::Alias::new(&weights)), choices))
}

fn pick(picker: &LeastLoaded, random: u64, tried: &[EndpointId]) -> (u32, Call) {
    let clock = || unreachable!("it needs no clock");
    match picker.pick(&CallInfo::new(random, 0, &clock).with_tried(tried)) {
        Pick::Endpoint(id, call) => (id.index, call),
        other => panic!("{other:?}"),
    }
}

/// B 33: 10^9 in flight, and the greatest weights there are.
#[test]
fn great_loads_and_weights_are_compared_exactly() {
    let most = u64::from(u32::MAX) * WEIGHT_ONE;
    let (light, heavy) = (server(0, most, 1_000_000_000), server(1, most, 1_000_000_001));
    assert!(light.is_less_loaded_than(&heavy) && !heavy.is_less_loaded_than(&light));
    let (a, b) = (server(0, u64::MAX, u32::MAX), server(1, u64::MAX - 1, u32::MAX));
    assert!(a.is_less_loaded_than(&b) && !b.is_less_loaded_than(&a));
}

proptest! {
    /// B 30, F52: never worse than any other that was drawn, and of two that differ never the more loaded.
    #[test]
    fn of_two_the_less_loaded_one_is_picked(random: u64, loads in prop::array::uniform2(0..5u32), weights in prop::array::uniform2(1..4u64)) {
        let picker = over(vec![server(0, weights[0], loads[0]), server(1, weights[1], loads[1])], 2);
        let (a, b) = (u64::from(loads[0]) * weights[1], u64::from(loads[1]) * weights[0]);
        let picked = pick(&picker, random, &[]).0;
        prop_assert!(a == b || picked == u32::from(b < a));
    }

    /// F52: with as many choices as endpoints it is the least loaded of all.
    #[test]
    fn with_enough_choices_it_is_the_least_loaded_of_all(random: u64, loads in prop::collection::vec(0..1000u32, 2..10)) {
        let servers = loads.iter().zip(0..).map(|(load, n)| server(n, 1, *load)).collect();
        let picked = pick(&over(servers, 10), random, &[]).0;
        prop_assert_eq!(loads.iter().min(), loads.get(picked as usize));
    }

    /// The least loaded of those that are left.
    #[test]
    fn a_retry_is_placed_on_the_less_loaded_of_the_untried(random: u64, loads in prop::array::uniform3(0..9u32), gone in 0..3u32) {
        let picker = over((0..3).map(|n| server(n, 1, loads[n as usize])).collect(), 3);
        let picked = pick(&picker, random, &[EndpointId { index: gone, generation: 1 }]).0;
        let least = (0..3).filter(|n| *n != gone).map(|n| loads[n as usize]).min();
        prop_assert!(picked != gone && Some(loads[picked as usize]) == least);
    }
}

/// F10: the first drawn wins a tie.
#[test]
fn idle_endpoints_get_exactly_their_weights_shares() {
    for choices in [2, 3, 10] {
        let picker = over((0..3).map(|n| server(n, [1, 3, 6][n as usize], 0)).collect(), choices);
        let mut seen = [0u32; 3];
        (0..100_000).for_each(|n| seen[pick(&picker, mix(n), &[]).0 as usize] += 1);
        for (seen, share) in seen.iter().zip([10_000, 30_000, 60_000]) {
            assert!(seen.abs_diff(share) < 700, "{choices}: {seen} for {share}");
        }
    }
}

/// D 74, F52: the guard counts, however it ends.
#[test]
fn a_thousand_cancelled_calls_leave_no_load() {
    let picker = over((0..3).map(|n| server(n, 1, 0)).collect(), 2);
    let calls: Vec<Call> = (0..1_000).map(|n| pick(&picker, mix(n), &[]).1).collect();
    let pending =
        || picker.0.draw(&CallInfo::new(0, 0, &|| unreachable!())).iter().map(|s| s.load.pending()).max();
    assert!(pending() >= Some(333));
    drop(calls);
    assert_eq!(pending(), Some(0));
}

/// B 29 in both models: one of ten is ten times slower.
#[test]
fn a_slow_one_gets_less_than_its_share() {
    for workers in [None, Some(4)] {
        let fleet = Fleet::even(10, Duration::from_millis(10), workers).slower(0, 10.0);
        let shares = closed_loop::run(&choice(), &fleet, Lab::default());
        assert!(shares.of(0, 1.0..10.0) < 0.03, "{workers:?}: {}", shares.of(0, 1.0..10.0));
    }
}

/// In flight follows weight under load too.
#[test]
fn loaded_endpoints_get_their_weights_shares() {
    let fleet = Fleet::even(2, Duration::from_millis(10), None).weighing(&[1, 3]);
    let share = closed_loop::run(&choice(), &fleet, Lab::default()).of(1, 0.0..10.0);
    assert!((share - 0.75).abs() < 0.03, "{share}");
}

/// F21: where none is busier, a retry goes by weight among those that are left, also where most draws fall on the tried one.
#[test]
fn a_retry_is_drawn_by_weight_among_those_that_are_left() {
    let weights = [50, 1, 2, 3];
    for choices in [2, 4] {
        let servers = (0..).zip(weights).map(|(n, weight)| server(n, weight, 0)).collect();
        let (picker, tried) = (over(servers, choices), [EndpointId { index: 0, generation: 1 }]);
        let mut counts = [0; 4];
        for n in 0..60_000 {
            let (index, call) = pick(&picker, mix(n), &tried);
            counts[index as usize] += 1;
            call.unsent();
        }
        let near = |count: i32, want: i32| (count - want).abs() < 500;
        assert_eq!(counts[0], 0);
        assert!(near(counts[1], 10_000) && near(counts[2], 20_000) && near(counts[3], 30_000), "{counts:?}");
    }
}
