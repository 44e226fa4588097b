use crate::{Ended, Endpoint, Load, Track};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// The calls in flight that a [`BoundedLoad`](super::BoundedLoad) placed on one endpoint: a tracker of each.
///
/// They are counted apart from the endpoint's own load, which other parts of a tree may count on, too; so the sum of them all is
/// the total, and one of them always has room.
#[derive(Debug)]
pub(super) struct Calls {
    here: Load,
    /// Those of all endpoints.
    total: Arc<AtomicU64>,
    endpoint: Arc<Load>,
}

impl Calls {
    pub(super) fn new(endpoint: &Endpoint, total: &Arc<AtomicU64>) -> Arc<Self> {
        let (total, endpoint) = (total.clone(), endpoint.node.load.clone());
        Arc::new(Self { here: Load::default(), total, endpoint })
    }

    /// Whether they are on this endpoint, not on an earlier one of the same instance.
    pub(super) fn are_of(&self, endpoint: &Endpoint) -> bool {
        Arc::ptr_eq(&self.endpoint, &endpoint.node.load)
    }

    #[inline]
    pub(super) fn pending(&self) -> u32 {
        self.here.pending()
    }

    /// Counts one more if there is room, given those here and the total with this one.
    #[inline]
    pub(super) fn begin_if(&self, has_room: impl Fn(u32, u64) -> bool) -> bool {
        // The total is raised first and lowered last, so that it is never less than the sum of its parts.
        let total = self.total.fetch_add(1, Relaxed) + 1;
        let begun = self.here.begin_if(|here| has_room(here, total));
        if begun {
            self.endpoint.begin();
        } else {
            self.total.fetch_sub(1, Relaxed);
        }
        begun
    }
}

impl Track for Calls {
    fn end(&self, ended: &Ended) {
        self.endpoint.end(ended);
        self.here.end(ended);
        self.total.fetch_sub(1, Relaxed);
    }
}
