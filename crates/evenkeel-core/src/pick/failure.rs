use crate::BadUpdate;
use std::{error::Error, sync::Arc};

/// An error that several calls share.
pub type SharedError = Arc<dyn Error + Send + Sync>;

/// Why no endpoint could be picked.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Discovery says that the service has no instances.
    #[error("no instances")]
    Empty,
    /// All instances are drained.
    #[error("all {known} instances are drained (weight 0)")]
    AllDrained {
        /// How many there are.
        known: usize,
    },
    /// No endpoint is connected.
    #[error("none of {known} endpoints is ready; {address}: {error}")]
    NotReady {
        /// How many there are.
        known: usize,
        /// The one whose error this is.
        address: String,
        /// Why it could not connect.
        #[source]
        error: SharedError,
    },
    /// No endpoint is connected, and none has said why.
    #[error("none of {known} endpoints is ready")]
    Unknown {
        /// How many there are.
        known: usize,
    },
    /// Discovery has no answer yet, and failed.
    #[error("discovery: {0}")]
    Discovery(#[source] SharedError),
    /// The service config is unusable, and there was no good one before.
    #[error("{0}")]
    Config(#[source] SharedError),
    /// The policy refused the first set that it was given.
    #[error("{0}")]
    Refused(#[source] BadUpdate),
    /// The policy picks by a key, and the call has none.
    #[error("{policy} picks by a key, and the call has none: want {wants}")]
    MissingKey {
        /// The policy's name.
        policy: &'static str,
        /// Where it looks for the key.
        wants: Arc<str>,
    },
    /// No instance matches what the call asks for.
    #[error("{0}")]
    NoMatch(Box<str>),
    /// A policy's code panicked.
    #[error("the policy {policy} panicked: {text}")]
    Panicked {
        /// Its name.
        policy: &'static str,
        /// What it said.
        text: String,
    },
    /// A policy's own reason.
    #[error("{0}")]
    Policy(#[source] SharedError),
}

/// The kinds of [`Failure`] that callers and scripts tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// There are no instances.
    Empty,
    /// All instances are drained.
    AllDrained,
    /// Discovery failed and has no last good set.
    Discovery,
    /// Instances are there, but none can be used.
    Unavailable,
    /// The policy or its config refused the set.
    Refused,
    /// The call has no key, and the policy needs one.
    MissingKey,
    /// No instance matches what the call asks for.
    NoMatch,
}

impl Failure {
    /// Which kind it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Empty => FailureKind::Empty,
            Self::AllDrained { .. } => FailureKind::AllDrained,
            Self::Discovery(_) => FailureKind::Discovery,
            Self::Refused(_) | Self::Config(_) => FailureKind::Refused,
            Self::MissingKey { .. } => FailureKind::MissingKey,
            Self::NoMatch(_) => FailureKind::NoMatch,
            Self::NotReady { .. } | Self::Unknown { .. } | Self::Panicked { .. } | Self::Policy(_) => {
                FailureKind::Unavailable
            }
        }
    }
}
