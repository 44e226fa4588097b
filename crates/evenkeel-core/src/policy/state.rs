use crate::{CallInfo, Connectivity, Endpoint, EndpointId, Failure, Pick, Picker};
use std::sync::Arc;

/// What an update yields: the state of this part of the tree, and how to pick.
#[derive(Debug, Clone)]
pub struct State {
    /// As the parent, or the channel, sees it.
    pub connectivity: Connectivity,
    /// How to pick, until the next update.
    pub picker: Arc<dyn Picker>,
}

impl State {
    /// READY, with this picker.
    pub fn ready(picker: impl Picker) -> Self {
        Self { connectivity: Connectivity::Ready, picker: Arc::new(picker) }
    }

    /// TRANSIENT_FAILURE: calls fail with this reason.
    pub fn failing(why: impl Into<Arc<Failure>>) -> Self {
        Self { connectivity: Connectivity::TransientFailure, picker: Arc::new(Failing(why.into())) }
    }

    /// CONNECTING: calls wait.
    pub fn connecting() -> Self {
        Self { connectivity: Connectivity::Connecting, picker: Arc::new(Queueing) }
    }

    /// IDLE: the first call wakes this endpoint, and calls wait.
    pub fn idle(wakes: EndpointId) -> Self {
        Self { connectivity: Connectivity::Idle, picker: Arc::new(Waking(wakes)) }
    }

    /// The state of a group of endpoints, aggregated as gRPC does; where any is READY, `build` makes the picker over the
    /// READY ones, in their order.
    pub fn over<P: Picker>(mut endpoints: Vec<Endpoint>, build: impl FnOnce(Vec<Endpoint>) -> P) -> Self {
        match Connectivity::aggregate(endpoints.iter().map(|e| e.state)) {
            Some(Connectivity::Ready) => {
                endpoints.retain(Endpoint::is_ready);
                Self::ready(build(endpoints))
            }
            Some(Connectivity::Connecting) => Self::connecting(),
            Some(Connectivity::Idle) => endpoints
                .iter()
                .find(|e| e.state == Connectivity::Idle)
                .map_or_else(Self::connecting, |e| Self::idle(e.id)),
            Some(Connectivity::TransientFailure) => Self::failing(Self::not_ready(&endpoints)),
            None => Self::failing(Failure::Empty),
        }
    }

    /// The failure of a group of which none is ready: the newest error stands for all.
    fn not_ready(endpoints: &[Endpoint]) -> Failure {
        let known = endpoints.len();
        let failed = endpoints.iter().filter_map(|e| e.node.error.as_ref().map(|error| (e, error)));
        match failed.max_by_key(|(e, _)| e.since) {
            Some((e, error)) => {
                Failure::NotReady { known, address: e.node.instance.name(), error: error.clone() }
            }
            None => Failure::Unknown { known },
        }
    }
}

#[derive(Debug)]
struct Queueing;

impl Picker for Queueing {
    fn pick(&self, _: &CallInfo<'_>) -> Pick {
        Pick::Queue
    }
}

#[derive(Debug)]
struct Failing(Arc<Failure>);

impl Picker for Failing {
    fn pick(&self, _: &CallInfo<'_>) -> Pick {
        Pick::Fail(self.0.clone())
    }
}

#[derive(Debug)]
struct Waking(EndpointId);

impl Picker for Waking {
    fn pick(&self, call: &CallInfo<'_>) -> Pick {
        call.connect(self.0);
        Pick::Queue
    }
}
