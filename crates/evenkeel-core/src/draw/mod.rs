//! Draws: by weight, and of several distinct places.

mod alias;
mod distinct;

pub use alias::Alias;
pub use distinct::{Distinct, MAX_DRAWN};
