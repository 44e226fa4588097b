//! The channel: what programs hold.

mod builder;
#[expect(clippy::module_inception, reason = "the folder's main type")]
mod channel;
mod state;

pub use builder::{BuildError, Builder};
pub use channel::{Channel, ResponseFuture, Stats};
pub use state::StateWatch;
