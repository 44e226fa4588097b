use super::calls::Calls;
use crate::{Endpoint, EndpointId};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// The factor is counted in these parts, so that the bound is exact: 1.1 times a mean of 10 is 11, not a little more.
const PARTS: u128 = 1_000_000;

/// The READY endpoints, with how many calls each may have.
#[derive(Debug)]
pub(super) struct Rooms {
    /// In order of their ids.
    list: Box<[Room]>,
    weights: u128,
    factor: u128,
    total: Arc<AtomicU64>,
}

#[derive(Debug)]
pub(super) struct Room {
    pub(super) id: EndpointId,
    weight: u64,
    pub(super) calls: Arc<Calls>,
}

impl Rooms {
    pub(super) fn new(
        factor: f64,
        total: &Arc<AtomicU64>,
        endpoints: Vec<Endpoint>,
        mut calls: impl FnMut(&Endpoint) -> Arc<Calls>,
    ) -> Self {
        // Those that are not READY keep their count for when they are back.
        let all = endpoints
            .into_iter()
            .map(|e| (e.is_ready(), Room { id: e.id, weight: e.weight, calls: calls(&e) }));
        let mut list: Vec<Room> = all.filter(|(ready, _)| *ready).map(|(_, room)| room).collect();
        // A child that is being replaced asks beside its successor.
        list.sort_by_key(|room| room.id);
        list.dedup_by_key(|room| room.id);
        let weights = list.iter().map(|room| u128::from(room.weight)).sum();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 1.01..=1000")]
        let factor = (factor * 1e6).round() as u128;
        Self { list: list.into(), weights, factor, total: total.clone() }
    }

    #[inline]
    pub(super) fn of(&self, id: EndpointId) -> Option<&Room> {
        self.list.binary_search_by_key(&id, |room| room.id).ok().map(|place| &self.list[place])
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Room> {
        self.list.iter()
    }

    /// Whether one more call would be beyond the bound.
    #[inline]
    pub(super) fn is_full(&self, room: &Room) -> bool {
        !self.fits(room, room.calls.pending(), self.total.load(Relaxed) + 1)
    }

    /// Places a call there, unless it is full.
    #[inline]
    pub(super) fn enter(&self, room: &Room) -> bool {
        room.calls.begin_if(|here, total| self.fits(room, here, total))
    }

    /// `here < ceil(factor * total * weight / weights)`, which for whole numbers is the same without the rounding and the division.
    /// Within 2^113: 2^32 calls here, 2^64 of all, 2^44 a weight and 2^61 the sum of them.
    #[inline]
    fn fits(&self, room: &Room, here: u32, total: u64) -> bool {
        u128::from(here) * PARTS * self.weights
            < self.factor * u128::from(total.min(1 << 40)) * u128::from(room.weight)
    }
}
