use super::{
    merge::merged,
    ring::{Point, Ring},
    seats::Seats,
};
use crate::{Instance, Snapshot, mix};
use std::{cmp::Ordering, sync::Arc};

/// The most points of one instance, so that no weight fills the memory. A weight beyond it counts as this many points.
pub(super) const MOST: u64 = 100_000;

/// The most points of a ring, some 200 MB of them: 100,000 instances at 160 each fit. Beyond it all instances' points are
/// halved until they fit, each keeping at least one.
const MOST_IN_ALL: u64 = 1 << 24;

/// A ring that is carried from set to set: only points of instances that changed are made, sorted or dropped.
#[derive(Debug, Default)]
pub(super) struct Points {
    seed: u64,
    seats: Seats,
    ring: Arc<Ring>,
}

/// What a new set does to the points.
#[derive(Debug, Default)]
struct Changes {
    dropped: Vec<Point>,
    added: Vec<Point>,
}

impl Points {
    /// Takes on a set; yields the seat of each of its instances.
    pub(super) fn set(
        &mut self,
        seed: u64,
        instances: &Snapshot,
        points: impl Fn(&Instance) -> u64,
    ) -> Box<[u32]> {
        if seed != self.seed {
            *self = Self { seed, ..Self::default() };
        }
        let wanted: Vec<u64> = instances.iter().map(|instance| points(instance).min(MOST)).collect();
        let halvings = halvings(&wanted);
        let (mut gone, mut changes) = (vec![true; self.seats.len()], Changes::default());
        let sit = instances.iter().zip(wanted).map(|(instance, wanted)| {
            let seat = self.seats.sit(instance, seed);
            if let Some(gone) = gone.get_mut(seat as usize) {
                *gone = false;
            }
            let wanted = (wanted >> halvings).max(wanted.min(1));
            self.change(seat, wanted, &mut changes);
            seat
        });
        let places = sit.collect();
        let gone = (0..).zip(gone).filter(|(_, gone)| *gone).map(|(seat, _)| seat);
        let gone: Vec<u32> = gone.filter(|seat| self.seats.identity(*seat).is_some()).collect();
        for seat in &gone {
            self.change(*seat, 0, &mut changes);
        }
        if !changes.dropped.is_empty() || !changes.added.is_empty() {
            let order = |a: &Point, b: &Point| self.order(*a, *b);
            self.ring = Arc::new(merged(&self.ring, changes.dropped, changes.added, order));
        }
        // Only now: the order of their points goes by who they are.
        for seat in gone {
            self.seats.leave(seat);
        }
        places
    }

    /// Notes the points that a member gains or loses.
    fn change(&mut self, seat: u32, wanted: u64, changes: &mut Changes) {
        let (had, hash) = (self.seats.set_points(seat, wanted), self.seats.hashes()[seat as usize]);
        changes.added.extend((had..wanted).map(|n| (point(hash, n), seat)));
        changes.dropped.extend((wanted..had).map(|n| (point(hash, n), seat)));
    }

    /// By hash; of equal hashes the smaller identity comes first, and so owns the keys before it, in whatever order instances came.
    pub(super) fn order(&self, a: Point, b: Point) -> Ordering {
        a.0.cmp(&b.0).then_with(|| self.seats.identity(a.1).cmp(&self.seats.identity(b.1)))
    }

    pub(super) fn ring(&self) -> &Arc<Ring> {
        &self.ring
    }

    /// The hashes of the identities, by seat.
    pub(super) fn hashes(&self) -> &[u64] {
        self.seats.hashes()
    }
}

#[cfg(test)]
impl Points {
    pub(super) fn seat_of(&mut self, instance: &Instance) -> u32 {
        self.seats.sit(instance, self.seed)
    }

    pub(super) fn identity(&self, seat: u32) -> Option<&crate::policies::hashing::Identity> {
        self.seats.identity(seat)
    }
}

/// Point `n` of the instance with this hash: whole numbers only, so that every machine agrees.
pub(super) fn point(hash: u64, n: u64) -> u64 {
    mix(hash ^ mix(n))
}

/// How often all points are to be halved, so that the ring stays within its bound.
fn halvings(wanted: &[u64]) -> u32 {
    let fits = |by: &u32| wanted.iter().map(|n| (n >> by).max(1)).sum::<u64>() <= MOST_IN_ALL;
    (0..MOST.ilog2()).find(fits).unwrap_or(MOST.ilog2())
}
