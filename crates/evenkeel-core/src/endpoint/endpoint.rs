use super::{Connectivity, Load};
use crate::{Instance, SharedError};
use std::{sync::Arc, time::Instant};

/// One unit of an [`Endpoint`]'s effective weight. In 1/4096ths a ramp can go below 1 without meaning "drained", and the weights
/// of 100,000 endpoints of 2^32-1 still sum in a `u64`.
pub const WEIGHT_ONE: u64 = 1 << 12;

/// The name of an endpoint within one balancer: a place in its table, and a generation that tells successive owners apart.
///
/// It is good for one update and the picker made in it. Do not keep it for the next update: ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointId {
    /// The place in the table.
    pub index: u32,
    /// Which owner of that place.
    pub generation: u32,
}

/// One endpoint as a policy sees it during an update.
///
/// It is a whole gRPC `pick_first` over the instance's addresses: Happy Eyeballs, sticky TRANSIENT_FAILURE and back-off are
/// below this line.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its name, for pickers.
    pub id: EndpointId,
    /// The state, as this part of the tree sees it.
    pub state: Connectivity,
    /// Since when it is in that state; for READY, the age of the connection. Edges that matter are carried as levels.
    pub since: Instant,
    /// The effective weight, in [`WEIGHT_ONE`]ths; never 0.
    pub weight: u64,
    /// What outlives a change of state.
    pub node: Arc<Node>,
}

/// The shared part of an [`Endpoint`].
#[derive(Debug)]
pub struct Node {
    /// The instance that it connects to.
    pub instance: Arc<Instance>,
    /// The calls in flight on it.
    pub load: Arc<Load>,
    /// Why the last attempt to connect failed; none once READY.
    pub error: Option<SharedError>,
}

impl Endpoint {
    /// Whether calls can be placed on it.
    pub fn is_ready(&self) -> bool {
        self.state == Connectivity::Ready
    }
}
