use crate::{Ended, Track};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The calls in flight on one endpoint, as far as a policy counts them. It belongs to the endpoint: a new picker, weight or
/// tag does not reset it.
#[derive(Debug, Default)]
pub struct Load {
    pending: AtomicU32,
}

impl Load {
    /// How many calls are in flight.
    #[inline]
    pub fn pending(&self) -> u32 {
        self.pending.load(Relaxed)
    }

    /// Counts one more; pair it with a [`Call`](crate::Call) that this load tracks, which counts it out.
    #[inline]
    pub fn begin(&self) {
        self.pending.fetch_add(1, Relaxed);
    }

    /// Pretends that so many are in flight.
    #[cfg(test)]
    pub(crate) fn pretend(&self, pending: u32) {
        self.pending.store(pending, Relaxed);
    }

    /// Counts one more if there is room beside those in flight, in one step: however many threads ask, no two take the last room.
    #[inline]
    pub fn begin_if(&self, has_room: impl Fn(u32) -> bool) -> bool {
        let more = |pending| has_room(pending).then(|| pending.saturating_add(1));
        self.pending.fetch_update(Relaxed, Relaxed, more).is_ok()
    }
}

impl Track for Load {
    fn end(&self, _: &Ended) {
        self.pending.fetch_sub(1, Relaxed);
    }
}
