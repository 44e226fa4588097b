use crate::{
    below, mix,
    policies::hashing::{Roll, Table},
};
use std::{cmp::Reverse, collections::BinaryHeap};

/// How often a key is hashed again to find a member that can be used, before it goes on by rendezvous. Where half of them can,
/// all but one of 2^32 keys is done by then.
const PROBES: usize = 32;

/// No member yet.
const NOBODY: u32 = u32::MAX;

/// Whose each place is, and of what it was made.
#[derive(Debug, Default)]
pub(super) struct MaglevTable {
    owners: Box<[u32]>,
    hashes: Box<[u64]>,
    weights: Box<[u32]>,
}

impl MaglevTable {
    /// Members take turns; each takes the next place of its own permutation that is free, until none is.
    pub(super) fn new(size: u32, roll: &Roll) -> Self {
        let mut owners = vec![NOBODY; size as usize];
        let mut walks: Vec<Walk> = roll.hashes.iter().map(|hash| Walk::new(*hash, size)).collect();
        let mut turns = Turns::new(&roll.weights);
        for _ in 0..size {
            let Some(member) = turns.next() else { break };
            let walk = &mut walks[member as usize];
            while owners[walk.at as usize] != NOBODY {
                walk.step(size);
            }
            owners[walk.at as usize] = member;
        }
        Self { owners: owners.into(), hashes: roll.hashes.clone(), weights: roll.weights.clone() }
    }

    /// Whether a new one for these would be the same.
    pub(super) fn is_of(&self, size: u32, roll: &Roll) -> bool {
        self.owners.len() == size as usize && self.hashes == roll.hashes && self.weights == roll.weights
    }

    #[cfg(test)]
    pub(super) fn owners(&self) -> &[u32] {
        &self.owners
    }
}

impl Table for MaglevTable {
    #[inline]
    fn near(&self, key: u64, takes: impl Fn(usize) -> bool) -> Option<usize> {
        let mut key = key;
        for _ in 0..PROBES {
            let owner = *self.owners.get(below(key, self.owners.len()))? as usize;
            if takes(owner) {
                return Some(owner);
            }
            key = mix(key);
        }
        None
    }
}

/// A member's permutation of all places: from an offset in equal steps, which meets each place since their number is a prime.
#[derive(Debug)]
struct Walk {
    at: u32,
    skip: u32,
}

impl Walk {
    fn new(hash: u64, size: u32) -> Self {
        let draw = |hash, n: u32| u32::try_from(below(hash, n as usize)).unwrap_or(0);
        Self { at: draw(hash, size), skip: 1 + draw(mix(hash), size - 1) }
    }

    fn step(&mut self, size: u32) {
        // Below 2^24: no overflow.
        self.at = (self.at + self.skip) % size;
    }
}

/// Whose turn it is, as in Envoy's Maglev: in each round the members in order, each only if the round times its weight has
/// reached its target, which each turn raises by the largest weight. Rounds in which a member has no turn are skipped, not
/// walked, so that one weight of 2^32-1 among many of 1 costs no more.
#[derive(Debug)]
struct Turns {
    /// The round and the member of the next turns.
    next: BinaryHeap<Reverse<(u64, u32)>>,
    members: Vec<(u64, u64)>,
    largest: u64,
}

impl Turns {
    fn new(weights: &[u32]) -> Self {
        let largest = weights.iter().copied().max().map_or(0, u64::from);
        let with_weight = (0..).zip(weights).filter(|(_, weight)| **weight > 0);
        // In the first round all have a turn.
        let next = with_weight.map(|(member, _)| Reverse((1, member))).collect();
        Self { next, members: weights.iter().map(|weight| (u64::from(*weight), 0)).collect(), largest }
    }
}

impl Iterator for Turns {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let mut first = self.next.peek_mut()?;
        let Reverse((round, member)) = *first;
        let (weight, turns) = &mut self.members[member as usize];
        // Its target: at most 5,000,011 turns of 2^32.
        *turns += 1;
        let reached = (*turns * self.largest).div_ceil(*weight);
        *first = Reverse((reached.max(round + 1), member));
        Some(member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against the published loop, round by round.
        #[test]
        fn turns_are_envoys(weights in prop::collection::vec(prop_oneof![1..5u32, 1..300u32], 1..12)) {
            let (mut want, mut targets) = (Vec::new(), vec![0u64; weights.len()]);
            let largest = u64::from(*weights.iter().max().unwrap());
            for round in 1..200u64 {
                for (member, weight) in (0..).zip(&weights) {
                    if round * u64::from(*weight) >= targets[member as usize] {
                        targets[member as usize] += largest;
                        want.push(member);
                    }
                }
            }
            let got: Vec<u32> = Turns::new(&weights).take(want.len()).collect();
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn a_walk_meets_each_place_once() {
        for size in [2, 3, 5, 101, 65_537] {
            let mut walk = Walk::new(mix(u64::from(size)), size);
            let mut seen = vec![false; size as usize];
            for _ in 0..size {
                assert!(!std::mem::replace(&mut seen[walk.at as usize], true));
                walk.step(size);
            }
        }
    }
}
