//! Repeating a call elsewhere: how often, how fast, and what.

mod backoff;
mod boxed;
mod call;
mod classify;
mod clock;
mod error;
mod failed;
mod invalid;
mod layer;
mod no_instance;
mod pinned;
mod route;
mod run;
mod settings;
mod source;
mod text;
mod unsent;

#[cfg(test)]
mod tests;

pub use backoff::Backoff;
pub use boxed::BoxedError;
pub use call::retry;
pub use classify::{ByReach, Classify, Verdict, With};
pub use error::{RetryError, RetryErrorKind};
pub use evenkeel_core::RetryBudget as Budget;
pub use failed::{Cause, Failed, TimedOut};
pub use invalid::InvalidRetry;
pub use layer::{RetryFuture, RetryLayer, RetryService};
pub use no_instance::NoInstance;
pub use pinned::{Only, Pinned, Unfollowed};
pub use route::Route;
pub use settings::Retry;
pub use source::{Attempted, Instances, Picks};
pub use unsent::{Unsent, never_sent};
