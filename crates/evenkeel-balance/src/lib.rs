//! Instance mode: pick an instance for each attempt of a call, let the caller connect, try again on another.
//!
//! A [`Balancer`] follows one target with any policy; each pick yields [`Attempts`], which hand out each instance once.
//! [`Balancers`] keeps one for each of many targets. The policies are the ones of connection mode; every instance counts as
//! READY.
//!
//! ```
//! use evenkeel_balance::{Balancer, CallSpec};
//! use evenkeel_core::Outcome;
//!
//! let balancer = Balancer::builder("static:///10.0.0.1:80,10.0.0.2:80").policy("round_robin").build()?;
//! let call = CallSpec::new();
//! let mut attempts = balancer.pick(&call)?;
//! while let Some(attempt) = attempts.next() {
//!     // Connect to one of `attempt.addresses()` and send the request there ...
//!     let answered = true;
//!     if answered {
//!         attempt.end(Outcome::Success);
//!         break;
//!     }
//!     attempt.unsent();
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attempts;
mod balancer;
mod balancers;
mod call_spec;
mod error;
mod owned_call_spec;
mod retries;
mod retry;

pub use attempts::{Attempt, Attempts};
pub use balancer::{Balancer, BalancerBuilder, Changes, Status, Update};
pub use balancers::{Balancers, BalancersBuilder, Event, Events};
pub use call_spec::CallSpec;
pub use error::{BuildError, PickError, PickErrorKind};
pub use owned_call_spec::OwnedCallSpec;
pub use retries::BalancerPicks;
pub use retry::{
    Attempted, Backoff, BoxedError, Budget, ByReach, Cause, Classify, Failed, Instances, InvalidRetry,
    NoInstance, Only, Picks, Pinned, Retry, RetryError, RetryErrorKind, RetryFuture, RetryLayer,
    RetryService, Route, TimedOut, Unfollowed, Unsent, Verdict, With, never_sent, retry,
};
