//! One target: discovery, policy, and picks.

#[expect(clippy::module_inception, reason = "the folder's main type")]
mod balancer;
mod builder;
mod changes;
mod driver;
mod front;
mod status;
mod table;

pub use balancer::Balancer;
pub use builder::BalancerBuilder;
pub use changes::{Changes, Update};
pub use status::Status;
pub(crate) use table::Turn;
