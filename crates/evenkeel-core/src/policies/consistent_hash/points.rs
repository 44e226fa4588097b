use super::{
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
#[derive(Debug)]
struct Changes {
    /// By seat, whether its old points go.
    gone: Vec<bool>,
    /// Old points of instances that have fewer now.
    surplus: Vec<Point>,
    new: Vec<Point>,
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
        let gone = vec![true; self.seats.len()];
        let mut changes = Changes { gone, surplus: Vec::new(), new: Vec::new() };
        let sit = instances.iter().zip(wanted).map(|(instance, wanted)| {
            let seat = self.seats.sit(instance, seed);
            let wanted = (wanted >> halvings).max(wanted.min(1));
            let had = self.seats.set_points(seat, wanted);
            changes.note(seat, self.seats.hashes()[seat as usize], had, wanted);
            seat
        });
        let places = sit.collect();
        let left = self.seats.leave(&changes.gone);
        if left || !changes.surplus.is_empty() || !changes.new.is_empty() {
            self.ring = Arc::new(self.merge(changes));
        }
        places
    }

    /// The old ring with the changes; nothing of what stays is hashed or sorted again.
    fn merge(&self, mut changes: Changes) -> Ring {
        let order = |a: &Point, b: &Point| self.order(*a, *b);
        changes.new.sort_unstable_by(order);
        changes.surplus.sort_unstable_by(order);
        let (mut new, mut surplus) = (changes.new.into_iter().peekable(), changes.surplus.iter().peekable());
        let stays = self.ring.points().filter(|point| {
            let gone = changes.gone.get(point.1 as usize).is_some_and(|gone| *gone);
            !gone && surplus.next_if_eq(&point).is_none()
        });
        let room = self.ring.len() + new.len();
        let (mut hashes, mut owners) = (Vec::with_capacity(room), Vec::with_capacity(room));
        let mut push = |(hash, owner): Point| {
            hashes.push(hash);
            owners.push(owner);
        };
        for point in stays {
            while let Some(before) = new.next_if(|new| self.order(*new, point).is_lt()) {
                push(before);
            }
            push(point);
        }
        new.for_each(push);
        Ring::new(hashes, owners)
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

impl Changes {
    fn note(&mut self, seat: u32, hash: u64, had: u64, wanted: u64) {
        if let Some(gone) = self.gone.get_mut(seat as usize) {
            *gone = false;
        }
        self.new.extend((had..wanted).map(|n| (point(hash, n), seat)));
        self.surplus.extend((wanted..had).map(|n| (point(hash, n), seat)));
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
