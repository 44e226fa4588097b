use super::world::{Peer, World, choose, set};
use evenkeel_core::{Connectivity, Snapshot};

fn world(policy: &str, ports: &[u16]) -> World {
    let mut world = World::new(policy, World::exact());
    for port in ports {
        world.peers.insert(*port, Peer::Accepts);
    }
    let members: Vec<_> = ports.iter().map(|port| (*port, 1)).collect();
    world.hub.instances(set(&members));
    world.turn();
    world.answer_all();
    world
}

fn spread(world: &mut World, picks: usize) -> Vec<u16> {
    let mut ports: Vec<_> = (0..picks).filter_map(|_| world.port_of()).collect();
    ports.sort_unstable();
    ports
}

/// A 4.
#[test]
fn the_same_set_a_thousand_times_changes_nothing() {
    let mut world = world("round_robin", &[1, 2, 3]);
    let (publications, dialed) = (world.publications, world.dialed.len());
    for _ in 0..1_000 {
        world.hub.instances(set(&[(1, 1), (2, 1), (3, 1)]));
        world.turn();
    }
    assert_eq!((world.publications, world.dialed.len()), (publications, dialed));
}

/// A 5, A 7: another order, weight or tag costs no connection.
#[test]
fn another_order_or_weight_costs_no_connection() {
    let mut world = world("round_robin", &[1, 2, 3]);
    world.hub.instances(set(&[(3, 7), (1, 1), (2, u32::MAX)]));
    world.turn();
    assert_eq!((world.live.len(), world.dialed.len()), (3, 3));
    assert_eq!(spread(&mut world, 9), [1, 1, 1, 2, 2, 2, 3, 3, 3]);
}

/// A 3, gRPC cases 17 and 26: an authoritative empty set fails calls and closes connections, and is asked about once.
#[test]
fn an_empty_set_fails_calls_and_closes_connections() {
    for policy in ["round_robin", "pick_first"] {
        let mut world = world(policy, &[1, 2]);
        world.hub.take_resolve();
        world.hub.instances(Snapshot::new([]));
        world.turn();
        assert_eq!((world.state.connectivity, world.live.len()), (Connectivity::TransientFailure, 0));
        assert_eq!(world.pick(), Err("no instances".to_owned()));
        assert!(world.hub.take_resolve());
        world.turn();
        assert!(!world.hub.take_resolve());
        world.hub.instances(set(&[(1, 1)]));
        world.turn();
        assert_eq!(
            world.state.connectivity,
            Connectivity::Connecting,
            "an empty list is no connection failure"
        );
        world.answer_all();
        assert_eq!(world.port_of(), Some(1));
    }
}

/// gRPC case 15: a lost connection is not dialled again before a call asks for it.
#[test]
fn pick_first_is_idle_after_a_loss_until_a_pick() {
    let mut world = world("pick_first", &[1, 2]);
    let id = *world.live.keys().next().unwrap();
    world.lose(id);
    world.advance(60_000);
    assert_eq!((world.state.connectivity, world.dialed.len()), (Connectivity::Idle, 1));
    assert_eq!(world.pick(), Ok(None));
    world.answer_all();
    assert_eq!((world.port_of(), world.dialed.len()), (Some(1), 2));
}

/// A 8, F02, F04.
#[test]
fn drained_instances_get_no_calls_and_all_drained_is_an_error_of_its_own() {
    let mut world = world("round_robin", &[1, 2]);
    world.hub.instances(set(&[(1, 0), (2, 1)]));
    world.turn();
    assert_eq!((spread(&mut world, 4), world.live.len()), (vec![2, 2, 2, 2], 1));
    world.hub.instances(set(&[(1, 0), (2, 0)]));
    world.turn();
    assert_eq!(world.pick(), Err("all 2 instances are drained (weight 0)".to_owned()));
}

/// gRPC case 29, F 96: a refused set leaves the last good one at work, and later losses are seen.
#[test]
fn a_refused_set_leaves_the_last_good_one_at_work() {
    let mut world = world("custom_round_robin", &[1, 2]);
    assert_eq!((0..6).map(|_| world.port_of().unwrap()).collect::<Vec<_>>(), [1, 1, 2, 1, 1, 2]);
    world.peers.insert(3, Peer::Accepts);
    world.hub.instances(set(&[(1, 1), (2, 1), (3, 1)]));
    world.turn();
    assert!(world.hub.refused().is_some());
    assert_eq!(world.live.len(), 2);
    let second = *world.live.iter().find(|(_, (_, at))| at.to_string().ends_with(":2")).unwrap().0;
    world.peers.insert(2, Peer::Refuses);
    world.lose(second);
    assert_eq!(spread(&mut world, 4), [1, 1, 1, 1]);
    world.hub.instances(set(&[(1, 1), (3, 1)]));
    world.turn();
    world.answer_all();
    assert!(world.hub.refused().is_none());
    assert_eq!(spread(&mut world, 6), [1, 1, 1, 1, 3, 3]);
}

/// Design: one that never accepted a set never takes over from a working policy.
#[test]
fn a_policy_that_refuses_its_first_set_does_not_take_over() {
    let mut world = world("round_robin", &[1, 2, 3]);
    world.hub.choice(choose("custom_round_robin"));
    world.turn();
    assert_eq!(spread(&mut world, 6), [1, 1, 2, 2, 3, 3]);
    world.hub.instances(set(&[(1, 1), (2, 1)]));
    world.turn();
    assert_eq!((0..3).map(|_| world.port_of().unwrap()).collect::<Vec<_>>(), [1, 1, 2]);
}

/// The same while the old policy is still connecting: it has accepted the set, the new one has not.
#[test]
fn a_policy_that_refuses_its_first_set_does_not_take_over_from_one_that_connects() {
    let mut world = World::new("round_robin", World::exact());
    for port in 1..=3 {
        world.peers.insert(port, Peer::Accepts);
    }
    world.hub.instances(set(&[(1, 1), (2, 1), (3, 1)]));
    world.turn();
    world.hub.choice(choose("custom_round_robin"));
    world.turn();
    assert_eq!((world.state.connectivity, world.dials.len()), (Connectivity::Connecting, 3));
    world.answer_all();
    assert_eq!(spread(&mut world, 6), [1, 1, 2, 2, 3, 3]);
}
