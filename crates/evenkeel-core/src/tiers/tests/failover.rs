use super::world::{World, choose};
use crate::Connectivity;
use Connectivity::{Connecting, Idle, Ready, TransientFailure};

const MINUTES: u64 = 60_000;

/// Endpoint 0 in the tier 10, endpoint 1 in the tier 20.
fn two() -> World {
    World::new(choose("round_robin"), &[(0, 10), (1, 20)])
}

/// gRPC case 63.
#[test]
fn the_second_tier_starts_after_10_s_and_serves_until_the_first_is_back() {
    let mut world = two();
    world.at(9_999);
    assert_eq!((world.net.asked.clone(), world.wake()), (vec![0], Some(10_000)));
    world.at(10_000);
    assert_eq!((world.net.asked.clone(), world.state.connectivity), (vec![0, 1], Connecting));
    world.put(1, Ready);
    assert_eq!(world.pick(&[]), Ok(1));
    world.at(60_000);
    world.put(0, Ready);
    assert_eq!(world.pick(&[]), Ok(0));
    // The second is kept for 15 minutes.
    world.at(60_000 + 15 * MINUTES - 1);
    world.update();
    assert_eq!((world.net.asked.clone(), world.wake()), (vec![0, 1], Some(960_000)));
    world.at(60_000 + 15 * MINUTES);
    assert_eq!((world.net.asked.clone(), world.wake()), (vec![0], None));
}

/// gRPC case 63, A 20.
#[test]
fn the_second_tier_starts_as_soon_as_the_first_has_failed() {
    let mut world = two();
    world.at(2_000);
    world.put(0, TransientFailure);
    assert_eq!(world.net.asked, [0, 1]);
    world.put(1, Ready);
    assert_eq!(world.pick(&[]), Ok(1));
}

/// A 20, G-77: one that is READY is enough.
#[test]
fn a_tier_is_used_while_one_of_it_is_ready() {
    let mut world = World::new(choose("round_robin"), &[(0, 10), (5, 20), (1, 10)]);
    world.put(0, TransientFailure);
    assert_eq!(world.net.asked, [0, 1]);
    world.put(1, Ready);
    assert_eq!((world.net.asked.clone(), world.pick(&[])), (vec![0, 1], Ok(1)));
    world.put(1, TransientFailure);
    world.put(5, Ready);
    assert_eq!((world.net.asked.clone(), world.pick(&[])), (vec![0, 1, 5], Ok(5)));
}

/// gRPC case 63: READY to CONNECTING gives 10 s more, TRANSIENT_FAILURE to CONNECTING none.
#[test]
fn one_that_was_ready_gets_its_time_again_and_one_that_failed_does_not() {
    let mut world = two();
    world.at(5_000);
    world.put(0, Ready);
    world.at(20_000);
    world.put(0, Connecting);
    world.at(29_999);
    world.update();
    assert_eq!((world.net.asked.clone(), world.wake()), (vec![0], Some(30_000)));
    world.at(30_000);
    assert_eq!(world.net.asked, [0, 1]);
    world.put(1, Ready);
    world.put(0, TransientFailure);
    world.put(0, Connecting);
    assert_eq!((world.pick(&[]), world.wake()), (Ok(1), None));
}

/// gRPC case 63: the time runs from the first update that sees it CONNECTING, whatever comes between.
#[test]
fn updates_in_between_do_not_give_more_time() {
    let mut world = two();
    for ms in (0..10_000).step_by(7) {
        world.at(ms);
        world.update();
        assert_eq!(world.wake(), Some(10_000));
    }
}

/// gRPC 1.10: within the 15 minutes the second tier is at hand, and they count from the last time that it was replaced.
#[test]
fn a_second_fall_finds_the_second_tier_connected() {
    let mut world = two();
    world.put(0, TransientFailure);
    world.put(1, Ready);
    world.put(0, Ready);
    world.at(14 * MINUTES);
    world.put(0, TransientFailure);
    assert_eq!((world.pick(&[]), world.wake()), (Ok(1), None));
    world.put(0, Ready);
    world.at(28 * MINUTES);
    assert_eq!((world.net.asked.clone(), world.wake()), (vec![0, 1], Some(u128::from(29 * MINUTES))));
}

/// gRPC case 64.
#[test]
fn where_all_failed_the_last_tier_says_why() {
    let mut world = World::new(choose("round_robin"), &[(0, 1), (1, 2), (2, 3)]);
    for endpoint in 0..3 {
        world.put(endpoint, TransientFailure);
    }
    assert_eq!(world.state.connectivity, TransientFailure);
    assert_eq!(world.pick(&[]), Err("none of 1 endpoints is ready; h2:1: 2 refuses".to_owned()));
    // The last is used whatever it is, for as long as it likes.
    world.put(2, Connecting);
    world.at(60 * MINUTES);
    assert_eq!((world.state.connectivity, world.wake()), (Connecting, None));
    world.put(1, Ready);
    assert_eq!(world.pick(&[]), Ok(1));
}

/// gRPC 1.10: IDLE is usable, so a pick wakes the first tier rather than that the second starts.
#[test]
fn an_idle_tier_is_used() {
    let mut world = World::new(choose("pick_first"), &[(0, 10), (1, 20)]);
    world.put(0, Ready);
    world.put(0, Idle);
    world.at(60_000);
    assert_eq!((world.state.connectivity, world.net.asked.clone(), world.wake()), (Idle, vec![0], None));
}

/// gRPC 1.10: the first that is usable, not the next.
#[test]
fn failback_and_failover_skip_tiers_that_cannot_be_used() {
    let mut world = World::new(choose("round_robin"), &[(0, 1), (1, 2), (2, 3)]);
    world.put(0, TransientFailure);
    world.put(1, TransientFailure);
    world.put(2, Ready);
    assert_eq!(world.pick(&[]), Ok(2));
    world.put(0, Ready);
    assert_eq!(world.pick(&[]), Ok(0));
    world.put(1, Ready);
    world.put(0, TransientFailure);
    assert_eq!(world.pick(&[]), Ok(1));
}
