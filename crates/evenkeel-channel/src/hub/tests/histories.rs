//! Random histories of sets, weights, tiers, losses, failures, switches of policy and picks, against what must always hold.

use super::world::{Peer, World, address, choose};
use crate::hub::{Loss, Settings};
use evenkeel_core::{Address, Connectivity, Instance, mix};
use std::{collections::BTreeMap, io, sync::Arc};

const HISTORIES: u64 = 1_500;
const STEPS: u64 = 80;
const PORTS: u16 = 6;
const POLICIES: [&str; 3] = ["round_robin", "pick_first", "custom_round_robin"];

/// Weight and priority by port.
type Members = BTreeMap<u16, (u32, u32)>;

struct Dice {
    random: u64,
    tiers: u64,
}

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.random = mix(self.random);
        self.random % sides
    }

    fn port(&mut self) -> u16 {
        u16::try_from(self.roll(u64::from(PORTS))).unwrap() + 1
    }

    fn number(&mut self, sides: u64) -> u32 {
        u32::try_from(self.roll(sides)).unwrap()
    }

    fn set(&mut self) -> Members {
        (0..self.roll(5)).map(|_| (self.port(), (self.number(4), self.number(self.tiers)))).collect()
    }
}

fn push(world: &mut World, members: &Members) {
    let instance = |(port, (weight, priority)): (&u16, &(u32, u32))| {
        Instance::from(address(*port)).with_weight(*weight).with_priority(*priority)
    };
    world.hub.instances(members.iter().map(instance).collect());
    world.turn();
}

fn step(world: &mut World, dice: &mut Dice, wanted: &mut (Members, &'static str)) {
    match dice.roll(12) {
        0 | 1 => {
            wanted.0 = dice.set();
            push(world, &wanted.0);
        }
        2 => {
            let peer = [Peer::Accepts, Peer::Accepts, Peer::Refuses, Peer::Hangs]
                [usize::try_from(dice.roll(4)).unwrap()];
            world.peers.insert(dice.port(), peer);
        }
        3..=5 => {
            let nth = usize::try_from(dice.roll(8)).unwrap();
            if let Some((id, at)) = world.dials.iter().nth(nth % world.dials.len().max(1)).cloned() {
                world.answer(id, &at);
            }
        }
        6 => {
            let mut ids: Vec<_> = world.live.keys().copied().collect();
            ids.sort();
            if let Some(id) = ids.get(usize::try_from(dice.roll(4)).unwrap()) {
                world.lose(*id);
            }
        }
        7 => {
            // A report of a connection that is long gone must not touch its successor.
            let mut ids: Vec<_> = world.live.keys().copied().collect();
            ids.sort();
            if let Some(id) = ids.first() {
                let lost = world.hub.lost(
                    *id,
                    0,
                    |_| Loss { graceful: false, begun: false, answered: false },
                    world.now,
                );
                assert_eq!(lost, None);
                world.turn();
            }
        }
        // Now and then past the 15 minutes for which a tier is kept.
        8 => world.advance(if dice.roll(20) == 0 { 1_000_000 } else { dice.roll(3_000) }),
        9 => {
            wanted.1 = POLICIES[usize::try_from(dice.roll(3)).unwrap()];
            world.hub.choice(choose(wanted.1));
            world.turn();
        }
        10 => {
            world.hub.discovery_failed(Arc::new(io::Error::other("the registry is down")));
            world.turn();
        }
        _ => {}
    }
}

/// No call is lost that need not be: it fails only when nothing is connected but what is drained, which gets none.
fn check(world: &mut World, wanted: &Members) {
    let drained = |at: &Address| matches!(at, Address::Tcp(at) if wanted.get(&at.port()).is_some_and(|(weight, _)| *weight == 0));
    let connected = world.live.values().any(|(_, at)| !drained(at));
    let picked = world.pick();
    assert!(!matches!(&picked, Ok(Some(at)) if drained(at)), "{picked:?} is drained");
    assert!(!(connected && picked.is_err()), "{picked:?} although {:?}", world.live);
    let ready = world.state.connectivity == Connectivity::Ready;
    assert!(!ready || matches!(picked, Ok(Some(_))), "READY, and {picked:?}");
}

/// Once all peers accept and discovery answers, a call gets through wherever there is somebody to take it.
fn recovers(world: &mut World, wanted: &(Members, &'static str)) {
    for port in 1..=PORTS {
        world.peers.insert(port, Peer::Accepts);
    }
    for (id, at) in world.dials.clone() {
        world.answer(id, &at);
    }
    push(world, &wanted.0);
    world.settle();
    let _ = world.pick();
    world.settle();
    let eligible = || wanted.0.values().filter(|(weight, _)| *weight > 0);
    let best = eligible().map(|(_, priority)| *priority).min();
    let first_tier = eligible().filter(|(_, priority)| Some(*priority) == best).count();
    let picked = world.pick();
    match (first_tier, wanted.1) {
        (0, _) => assert!(picked.is_err(), "{picked:?}"),
        (2, _) | (_, "round_robin" | "pick_first") => {
            assert!(matches!(picked, Ok(Some(_))), "{wanted:?}: {picked:?}");
        }
        _ => {}
    }
    if wanted.1 == "round_robin" {
        assert_eq!(world.live.len(), first_tier);
    }
}

#[test]
fn random_histories_keep_every_promise() {
    for history in 0..HISTORIES {
        let mut dice = Dice { random: mix(history), tiers: history % 3 + 1 };
        let mut wanted = (BTreeMap::new(), "round_robin");
        let mut world = World::new("round_robin", Settings { seed: history, ..Settings::default() });
        for _ in 0..STEPS {
            step(&mut world, &mut dice, &mut wanted);
            check(&mut world, &wanted.0);
        }
        recovers(&mut world, &wanted);
        world.hub.forget();
        world.turn();
        assert!(world.dials.is_empty(), "a dial leaked in history {history}");
        assert!(world.live.is_empty(), "a connection leaked in history {history}");
        assert_eq!(world.hub.len(), 0);
    }
}
