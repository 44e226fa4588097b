use crate::{Instance, Key, policies::hashing::Identity};
use std::collections::HashMap;

/// The members of the ring. Each keeps its seat while it is in the set; a free one is given to the next newcomer.
#[derive(Debug, Default)]
pub(super) struct Seats {
    by_key: HashMap<Key, u32>,
    list: Vec<Option<Member>>,
    /// The hashes of the identities, by seat.
    hashes: Vec<u64>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Member {
    key: Key,
    identity: Identity,
    points: u64,
}

impl Seats {
    /// How many seats there are, free ones included.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The seat of this instance; a newcomer has no points yet.
    pub(super) fn sit(&mut self, instance: &Instance, seed: u64) -> u32 {
        if let Some(seat) = self.by_key.get(instance.key()) {
            return *seat;
        }
        let identity = Identity::of(instance);
        let hash = identity.hash(seed);
        let member = Some(Member { key: instance.key().clone(), identity, points: 0 });
        let seat = if let Some(seat) = self.free.pop() {
            (self.list[seat as usize], self.hashes[seat as usize]) = (member, hash);
            seat
        } else {
            self.list.push(member);
            self.hashes.push(hash);
            u32::try_from(self.list.len() - 1).unwrap_or(u32::MAX)
        };
        self.by_key.insert(instance.key().clone(), seat);
        seat
    }

    /// Sets how many points a member has; yields how many it had.
    pub(super) fn set_points(&mut self, seat: u32, points: u64) -> u64 {
        let member = self.list[seat as usize].as_mut();
        member.map_or(0, |member| std::mem::replace(&mut member.points, points))
    }

    /// Frees a seat.
    pub(super) fn leave(&mut self, seat: u32) {
        if let Some(member) = self.list.get_mut(seat as usize).and_then(Option::take) {
            self.by_key.remove(&member.key);
            self.free.push(seat);
        }
    }

    /// Who sits there.
    pub(super) fn identity(&self, seat: u32) -> Option<&Identity> {
        self.list.get(seat as usize)?.as_ref().map(|member| &member.identity)
    }

    pub(super) fn hashes(&self) -> &[u64] {
        &self.hashes
    }
}
