use crate::machine::Machine;
use evenkeel_core::{Connectivity, Demand, EndpointId, Instance, Load, Node, Want};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// What health checks say of a connection.
#[cfg_attr(not(test), expect(dead_code, reason = "grpc.health.v1, which reports it, is not built yet"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    /// Nothing yet.
    Unknown,
    /// The server can take calls.
    Serving,
    /// The server asks for none.
    NotServing,
}

/// The place of one endpoint in the hub.
#[derive(Debug)]
pub(super) struct Seat<C> {
    pub(super) id: EndpointId,
    pub(super) machine: Machine,
    pub(super) node: Arc<Node>,
    pub(super) connection: Option<(u64, C)>,
    pub(super) health: Health,
    /// Since when `health` is what it is.
    pub(super) health_since: Instant,
    pub(super) want: Want,
    /// The update that asked for it last.
    pub(super) asked: u64,
    /// The update that was told last that it is idle.
    pub(super) told_idle: u64,
    /// Where in the order of asks it was.
    pub(super) order: u32,
}

impl<C> Seat<C> {
    pub(super) fn new(id: EndpointId, machine: Machine, instance: Arc<Instance>, now: Instant) -> Self {
        let node = Arc::new(Node { instance, load: Arc::new(Load::default()), error: None });
        Self {
            id,
            machine,
            node,
            connection: None,
            health: Health::Unknown,
            health_since: now,
            want: Want::LAZY,
            asked: 0,
            told_idle: 0,
            order: 0,
        }
    }

    /// The shared part with another instance, or with the machine's newest error.
    pub(super) fn renew(&mut self, instance: &Arc<Instance>) {
        let (load, error) = (self.node.load.clone(), self.machine.error().cloned());
        self.node = Arc::new(Node { instance: instance.clone(), load, error });
    }

    /// Whether the shared part lacks the machine's newest error.
    pub(super) fn is_stale(&self) -> bool {
        match (&self.node.error, self.machine.error()) {
            (None, None) => false,
            (Some(a), Some(b)) => !Arc::ptr_eq(a, b),
            _ => true,
        }
    }

    /// The state, as one that asks for it like that sees it. Health counts only beside a connection (A61): the raw state rules
    /// connecting, so an unhealthy server keeps its connection.
    pub(super) fn state(&self, want: Want, health_checked: bool) -> (Connectivity, Instant) {
        let raw = (self.machine.state(), self.machine.since());
        if raw.0 == Connectivity::Idle && self.want.demand == Demand::Connect {
            return (Connectivity::Connecting, raw.1);
        }
        if raw.0 != Connectivity::Ready || !want.health || !health_checked {
            return raw;
        }
        let state = match self.health {
            Health::Unknown => Connectivity::Connecting,
            Health::Serving => Connectivity::Ready,
            Health::NotServing => Connectivity::TransientFailure,
        };
        (state, self.health_since)
    }

    /// An instance at rest in this seat may be another value than the one asked for, but it is the same by identity.
    pub(super) fn holds(&self, instance: &Arc<Instance>) -> bool {
        Arc::ptr_eq(&self.node.instance, instance)
    }
}

/// The shortest time to the next update that a policy may ask for.
pub(super) const SOONEST: Duration = Duration::from_millis(1);
