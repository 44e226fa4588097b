//! Policies: one function each, held by a place in a tree, chosen by name.

mod bad;
mod child;
mod choice;
mod field;
#[expect(clippy::module_inception, reason = "the folder's main type")]
mod policy;
mod raw_config;
mod registry;
mod state;

pub use bad::{BadConfig, BadUpdate};
pub use child::Child;
pub use choice::Choice;
pub use field::{Field, FieldKind};
pub use policy::{Named, Policy};
pub use raw_config::RawConfig;
pub use registry::{NameTaken, PolicyInfo, Registry};
pub use state::State;
