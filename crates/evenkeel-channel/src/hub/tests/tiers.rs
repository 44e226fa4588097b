use super::world::{Peer, World, address, tiers};
use evenkeel_core::mix;
use evenkeel_core::{Connectivity, EndpointId};

/// Tiers 10 and 20, with these peers; all that accept are connected as far as they are wanted.
fn world(members: &[(u16, u32)]) -> World {
    let mut world = World::new("round_robin", World::exact());
    for (port, _) in members {
        world.peers.insert(*port, Peer::Accepts);
    }
    world.hub.instances(tiers(members));
    world.turn();
    world.answer_all();
    world
}

fn spread(world: &mut World, picks: usize) -> Vec<u16> {
    let mut ports: Vec<_> = (0..picks).filter_map(|_| world.port_of()).collect();
    ports.sort_unstable();
    ports
}

fn connected(world: &World) -> Vec<String> {
    let mut all: Vec<_> = world.live.values().map(|(_, at)| at.to_string()).collect();
    all.sort();
    all
}

/// The endpoint of a port that is connected.
fn id_of(world: &World, port: u16) -> EndpointId {
    let is_it = |at: &evenkeel_core::Address| at.to_string().ends_with(&format!(":{port}"));
    *world.live.iter().find(|(_, (_, at))| is_it(at)).unwrap().0
}

fn falls(world: &mut World, port: u16) {
    world.peers.insert(port, Peer::Refuses);
    world.lose(id_of(world, port));
    while !world.dials.is_empty() {
        world.answer_all();
    }
}

/// A 20, G-77.
#[test]
fn the_second_tier_is_connected_only_once_all_of_the_first_have_failed() {
    let mut world = world(&[(1, 10), (2, 10), (3, 20)]);
    assert_eq!(connected(&world), ["127.0.0.1:1", "127.0.0.1:2"]);
    assert_eq!(spread(&mut world, 4), [1, 1, 2, 2]);
    falls(&mut world, 1);
    assert_eq!((spread(&mut world, 2), world.live.len()), (vec![2, 2], 1));
    falls(&mut world, 2);
    assert_eq!((spread(&mut world, 2), connected(&world)), (vec![3, 3], vec!["127.0.0.1:3".to_owned()]));
}

/// gRPC case 63: back at once, and the second tier is let go of 15 minutes later.
#[test]
fn the_first_tier_takes_the_calls_again_once_one_of_it_is_ready() {
    let mut world = world(&[(1, 10), (2, 20)]);
    falls(&mut world, 1);
    world.peers.insert(1, Peer::Accepts);
    while world.dials.is_empty() {
        world.now = world.hub.deadline().unwrap();
        world.turn();
    }
    world.answer_all();
    assert_eq!((spread(&mut world, 2), world.live.len()), (vec![1, 1], 2));
    world.advance(15 * 60_000 - 1);
    assert_eq!(world.live.len(), 2);
    world.advance(1);
    assert_eq!((connected(&world), world.hub.deadline()), (vec!["127.0.0.1:1".to_owned()], None));
}

/// gRPC case 63: a first tier that hangs holds calls back for 10 s.
#[test]
fn the_second_tier_is_connected_after_10_s_where_the_first_hangs() {
    let mut world = World::new("round_robin", World::exact());
    world.peers.extend([(1, Peer::Hangs), (2, Peer::Accepts)]);
    world.hub.instances(tiers(&[(1, 10), (2, 20)]));
    world.turn();
    world.advance(9_999);
    assert_eq!((world.dialed.len(), world.pick()), (1, Ok(None)));
    world.advance(1);
    assert_eq!(world.dialed.len(), 2);
    world.answer_all();
    assert_eq!(spread(&mut world, 2), [2, 2]);
}

/// A 5, A 7: what stays in use is not connected again.
#[test]
fn a_new_numbering_costs_no_connection() {
    let mut world = world(&[(1, 0), (2, 0)]);
    for members in [&[(1, 10), (2, 10)][..], &[(1, 10), (2, 10), (3, 20)], &[(1, 1), (2, 1)]] {
        world.hub.instances(tiers(members));
        world.turn();
        assert_eq!((spread(&mut world, 4), world.dialed.len()), (vec![1, 1, 2, 2], 2), "{members:?}");
    }
}

/// gRPC case 64.
#[test]
fn where_all_tiers_failed_calls_fail_with_the_last_one_s_error() {
    let mut world = World::new("round_robin", World::exact());
    world.hub.instances(tiers(&[(1, 10), (2, 20)]));
    world.turn();
    world.answer_all();
    world.answer_all();
    assert_eq!(world.state.connectivity, Connectivity::TransientFailure);
    let error = "none of 1 endpoints is ready; 127.0.0.1:2: 127.0.0.1:2 refuses";
    assert_eq!(world.pick(), Err(error.to_owned()));
}

/// A 5, A 7: whatever the sets and peers are, calls go on where somebody who served before them still may.
#[test]
fn no_new_set_interrupts_calls_that_somebody_can_take() {
    let mut random = 1;
    let mut roll = |sides: u64| {
        random = mix(random);
        u16::try_from(random % sides).unwrap()
    };
    for _ in 0..400 {
        let mut world = World::new("round_robin", World::exact());
        for _ in 0..40 {
            let members: Vec<_> = (1..=5).filter_map(|port| Some(port).filter(|_| roll(3) > 0)).collect();
            let members: Vec<_> = members.into_iter().map(|port| (port, u32::from(roll(3)))).collect();
            let served = world.pick().ok().flatten();
            world.hub.instances(tiers(&members));
            world.turn();
            let stays = served.filter(|at| members.iter().any(|(port, _)| *at == address(*port)));
            assert!(stays.is_none() || matches!(world.pick(), Ok(Some(_))), "{stays:?} in {members:?}");
            world.peers.insert(
                roll(5) + 1,
                [Peer::Accepts, Peer::Accepts, Peer::Refuses, Peer::Hangs][usize::from(roll(4))],
            );
            if roll(2) == 0 {
                world.answer_all();
            }
            world.advance(u64::from(roll(20_000)));
        }
    }
}
