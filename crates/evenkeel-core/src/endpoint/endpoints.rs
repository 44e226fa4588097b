use super::{Endpoint, Want};
use crate::{BadUpdate, Instance};
use std::{sync::Arc, time::Instant};

/// Where a policy gets its endpoints from during an update. Declarative: what an update does not ask for again is released.
pub trait Endpoints {
    /// The time of this update.
    fn now(&self) -> Instant;

    /// 64 random bits.
    fn random(&mut self) -> u64;

    /// Where a new rotation begins, where the caller fixed it (tests, `keel pick --start`): with this pick of its sequence, counted
    /// from 0. None: anywhere, as [`random`](Self::random) has it.
    fn start(&self) -> Option<u64> {
        None
    }

    /// The endpoint of `instance`, wanted like this. IDLE is answered as CONNECTING where it is wanted connected.
    fn ask(&mut self, instance: &Arc<Instance>, want: Want) -> Endpoint;

    /// Asks for another update at that time, not sooner than in 1 ms. Compute it from stored times, never as "now and a bit".
    fn wake_at(&mut self, at: Instant);

    /// Reports that this part of the tree refused the set and runs on its last good one. [`Child`](crate::Child) calls this.
    fn refuse(&mut self, why: BadUpdate);

    /// The endpoint of `instance`, connected now and again after each loss.
    fn connect(&mut self, instance: &Arc<Instance>) -> Endpoint {
        self.ask(instance, Want::CONNECT)
    }

    /// The endpoint of `instance`, connected when a picker asks for it.
    fn lazy(&mut self, instance: &Arc<Instance>) -> Endpoint {
        self.ask(instance, Want::LAZY)
    }
}

/// What a wrapper hands to its child: the same endpoints, each seen through a function, which may change state and weight.
pub struct View<'a, F> {
    /// The endpoints as the wrapper sees them.
    pub inner: &'a mut dyn Endpoints,
    /// How the child sees one of them.
    pub see: F,
}

impl<F> std::fmt::Debug for View<'_, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View").finish_non_exhaustive()
    }
}

impl<F: FnMut(Endpoint) -> Endpoint> Endpoints for View<'_, F> {
    fn now(&self) -> Instant {
        self.inner.now()
    }

    fn random(&mut self) -> u64 {
        self.inner.random()
    }

    fn start(&self) -> Option<u64> {
        self.inner.start()
    }

    fn ask(&mut self, instance: &Arc<Instance>, want: Want) -> Endpoint {
        let endpoint = self.inner.ask(instance, want);
        (self.see)(endpoint)
    }

    fn wake_at(&mut self, at: Instant) {
        self.inner.wake_at(at);
    }

    fn refuse(&mut self, why: BadUpdate) {
        self.inner.refuse(why);
    }
}
