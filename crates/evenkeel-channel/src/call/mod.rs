//! One call's way through a channel: pick, send, perhaps once more, and the response with an end that gRPC understands.

mod affinity_key;
mod attempt;
mod deadline;
mod options;
mod pick;
mod request_body;
mod response_body;
mod served;
mod status;

pub use affinity_key::AffinityKey;
pub use options::CallOptions;
pub use request_body::RequestBody;
pub use response_body::ResponseBody;
pub use served::{Peer, Served};

pub(crate) use {
    attempt::{Limits, Sender, send},
    pick::failure,
};
