use evenkeel_core::{Address, Instance};
use std::sync::Arc;

/// Who got a call: in the extensions of a response, where [`CallOptions`](crate::CallOptions) asked for it. A call whose
/// response lacks it never left the channel.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Served {
    /// The instance, as discovery gave it, or as a policy joined it, and the address of the connection.
    pub peer: Arc<Peer>,
    /// How many attempts were sent, transparent ones included.
    pub attempts: u32,
}

/// The far end of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peer {
    /// The instance.
    pub instance: Arc<Instance>,
    /// Which of its addresses.
    pub address: Address,
}

impl Peer {
    pub(crate) fn new(instance: Arc<Instance>, address: Address) -> Arc<Self> {
        Arc::new(Self { instance, address })
    }
}
