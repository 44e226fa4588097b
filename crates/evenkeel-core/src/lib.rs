//! The pure part of Evenkeel: instances, policies, pickers and service config.
//!
//! Nothing in here has a runtime, a clock, a socket or a lock. A [`Policy`] is one function from *(instances, the state of their
//! connections, the time)* to *(what to connect, how to pick)*; a [`Picker`] is an immutable value that answers one call.
//! Everything is level-triggered: each update is handed the whole current truth, never an event to be replayed.
//!
//! Who writes a policy needs this crate and nothing else; `examples/custom_round_robin` is one, in one file.

mod backoff;
mod code;
mod draw;
mod endpoint;
mod instance;
mod keyed;
mod pick;
pub mod policies;
mod policy;
mod published;
mod retry_budget;
mod roster;
pub mod service_config;
mod tiers;

pub use backoff::Backoff;
pub use code::Code;
pub use draw::{Alias, Distinct, MAX_DRAWN};
pub use endpoint::{
    Connectivity, Demand, Endpoint, EndpointId, Endpoints, Kept, Load, Node, View, WEIGHT_ONE, Want,
};
pub use instance::{
    Address, BadAddress, Change, Dropped, Instance, Key, Memo, Slot, Snapshot, interleave, printable,
};
pub use keyed::keyed;
pub use pick::{
    Call, CallInfo, Ended, Failure, FailureKind, Metadata, Outcome, Pick, Picker, SharedError, Track, below,
    mix, panic_text, untried, untried_weighted,
};
pub use policy::{
    BadConfig, BadUpdate, Child, Choice, Field, FieldKind, NameTaken, Named, Policy, PolicyInfo, RawConfig,
    Registry, State,
};
pub use published::Published;
pub use retry_budget::{InvalidBudget, RetryBudget};
pub use roster::Roster;
pub use service_config::{
    Codes, HealthCheck, HedgingPolicy, InvalidServiceConfig, MethodConfig, RetryPolicy, RetryThrottling,
    ServiceConfig,
};
pub use tiers::Tiers;
