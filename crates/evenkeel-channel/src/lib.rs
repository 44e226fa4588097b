//! Connection mode: a channel owns the connections, and picks among those that are READY.
//!
//! ```text
//! discovery -> Hub: policy tree, endpoints -> publication (picker + connections) -> calls
//!               ^ one driver task per channel: events in, one publication a batch, then dials and closes
//! ```
//!
//! A call reads the newest publication, picks and sends: no queue, no lock and no task in between.

mod call;
mod channel;
mod driver;
mod error;
pub mod http2;
mod hub;
mod machine;
pub mod transport;

pub use call::{AffinityKey, CallOptions, Peer, RequestBody, ResponseBody, Served};
pub use channel::{BuildError, Builder, Channel, ResponseFuture, StateWatch, Stats};
pub use error::{Error, ErrorKind};
pub use machine::{Backoff, Timing};
