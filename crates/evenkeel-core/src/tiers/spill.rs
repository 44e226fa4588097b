use crate::{Call, CallInfo, EndpointId, Pick, Picker};
use std::sync::Arc;

/// Picks from the child in use. A retry that has tried all of it goes to the next one that is READY as well.
#[derive(Debug)]
pub(super) struct Spill {
    pub(super) used: Arc<dyn Picker>,
    /// The READY children below, the best one first.
    pub(super) spares: Box<[Arc<dyn Picker>]>,
}

impl Picker for Spill {
    #[inline]
    fn pick(&self, call: &CallInfo<'_>) -> Pick {
        match self.used.pick(call) {
            Pick::Endpoint(id, guard) if !call.is_fresh(id) => self.beyond(call, id, guard),
            pick => pick,
        }
    }
}

impl Spill {
    /// The first fresh endpoint that a spare yields, else the tried one.
    #[cold]
    fn beyond(&self, call: &CallInfo<'_>, tried: EndpointId, guard: Call) -> Pick {
        for spare in &self.spares {
            match spare.pick(call) {
                Pick::Endpoint(id, other) if call.is_fresh(id) => {
                    guard.unsent();
                    return Pick::Endpoint(id, other);
                }
                Pick::Endpoint(_, other) => other.unsent(),
                Pick::Queue | Pick::Fail(_) | Pick::Drop(_) => {}
            }
        }
        Pick::Endpoint(tried, guard)
    }
}
