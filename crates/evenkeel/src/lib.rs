//! Client-side load balancing and service discovery for Rust.
//!
//! A [`Channel`] discovers the instances of a service, keeps connections to them that tell the truth, and picks one for each
//! call with any policy, yours included. Clients that tonic generates run on it unchanged:
//!
//! ```no_run
//! # use evenkeel::{BuildError, Channel};
//! # async fn example() -> Result<(), BuildError> {
//! let channel = Channel::builder("static:///10.0.0.1:50051,10.0.0.2:50051")
//!     .service_config(r#"{"loadBalancingConfig": [{"round_robin": {}}]}"#)
//!     .connect()
//!     .await?;
//! // let mut client = EchoClient::new(channel);
//! # let _ = channel;
//! # Ok(())
//! # }
//! ```
//!
//! Who has connections of their own asks a [`Balancer`] for an instance for each attempt, and lets [`Retry`] try another:
//!
//! ```
//! use evenkeel::{Balancer, CallSpec};
//!
//! let balancer = Balancer::builder("static:///10.0.0.1:80;weight=3,10.0.0.2:80").policy("random").build()?;
//! let mut attempts = balancer.pick(&CallSpec::new())?;
//! let first = attempts.next().ok_or("there are two")?;
//! println!("connect to {}", first.name());
//! first.unsent();
//! # assert!(attempts.next().is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! To write a policy, implement [`core::Policy`]: one function. `examples/custom_round_robin` is a whole one in one file.

#[doc(inline)]
pub use evenkeel_core as core;
#[doc(inline)]
pub use evenkeel_discover as discover;

#[doc(inline)]
pub use evenkeel_balance as balance;
pub use evenkeel_balance::{
    Attempt, Attempts, Balancer, Balancers, CallSpec, OwnedCallSpec, PickError, Retry, RetryError,
    RetryLayer, retry,
};

#[cfg(feature = "grpc")]
#[doc(inline)]
pub use evenkeel_channel as channel;
#[cfg(feature = "grpc")]
pub use evenkeel_channel::{
    AffinityKey, BuildError, Builder, CallOptions, Channel, Error, ErrorKind, StateWatch,
};

mod registries;
pub use registries::{AnyRegistrar, registrar, sources};

pub use evenkeel_core::{Address, Connectivity, Instance, Registry, ServiceConfig, Snapshot, policies};
pub use evenkeel_discover::{
    Discover, DiscoverError, Manual, RegisterError, Registrar, Registration, Sources, Target,
};

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
#[derive(Debug)]
pub struct Readme;

/// The examples of the page on policies compile, and run where they can.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/policies/README.md")]
#[derive(Debug)]
pub struct Policies;

/// The examples of the page on discovery compile, and run where they can.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/discovery.md")]
#[derive(Debug)]
pub struct Discovery;

/// The page's examples compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/write-your-own-policy.md")]
#[derive(Debug)]
pub struct WriteYourOwnPolicy;
