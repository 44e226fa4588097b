//! Many targets: a balancer for each key of the caller's own.

#[expect(clippy::module_inception, reason = "the folder's main type")]
mod balancers;
mod events;
mod shards;

pub use balancers::{Balancers, BalancersBuilder};
pub use events::{Event, Events};
