use super::super::{Health, Settings};
use super::world::{Peer, World, set};
use evenkeel_core::Connectivity::{Connecting, Ready, TransientFailure};

/// gRPC case 18: the raw state rules connecting, health rules what is reported.
#[test]
fn health_is_a_second_signal_beside_the_connection() {
    let mut world = World::new("round_robin", Settings { health_checks: true, ..World::exact() });
    world.peers.insert(1, Peer::Accepts);
    world.hub.instances(set(&[(1, 1)]));
    world.turn();
    world.answer_all();
    assert_eq!((world.state.connectivity, world.live.len()), (Connecting, 1));
    let (&id, &(serial, _)) = world.live.iter().next().unwrap();
    for (health, state) in [
        (Health::Serving, Ready),
        (Health::NotServing, TransientFailure),
        (Health::Serving, Ready),
        (Health::Unknown, Connecting),
        (Health::Serving, Ready),
    ] {
        world.hub.health(id, serial, health, world.now);
        world.turn();
        assert_eq!((world.state.connectivity, world.live.len()), (state, 1), "the connection stays");
    }
    world.lose(id);
    assert_eq!(world.state.connectivity, Connecting, "lost: IDLE, and wanted");
    world.answer_all();
    world.hub.health(id, serial, Health::Serving, world.now);
    world.turn();
    assert_eq!(world.state.connectivity, Connecting, "a report about the old connection does not count");
}

/// gRPC case 90, its second half: `pick_first` does not listen.
#[test]
fn pick_first_ignores_health() {
    let mut world = World::new("pick_first", Settings { health_checks: true, ..World::exact() });
    world.peers.insert(1, Peer::Accepts);
    world.hub.instances(set(&[(1, 1)]));
    world.turn();
    world.answer_all();
    assert_eq!(world.state.connectivity, Ready);
}
