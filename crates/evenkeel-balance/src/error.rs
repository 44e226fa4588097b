use evenkeel_core::{BadConfig, Failure, FailureKind, SharedError, service_config::InvalidServiceConfig};
use evenkeel_discover::BadTarget;
use std::{sync::Arc, time::Duration};

/// How much of a target an error shows, in characters: a list of 100,000 instances would hide what the error is.
const SHOWN: usize = 200;

/// The target, or its beginning.
fn short(target: &str) -> String {
    match target.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &target[..end]),
        None => target.to_owned(),
    }
}

/// Why there is no instance for a call, or no further one.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PickError {
    /// Discovery has not answered yet.
    #[error("discovery of {} has not answered yet", short(target))]
    NotYet {
        /// The target.
        target: Arc<str>,
    },
    /// Discovery runs in a tokio runtime, and the pick was not made in one.
    #[error("discovery of {} needs a tokio runtime, and was first used outside of one", short(target))]
    NoRuntime {
        /// The target.
        target: Arc<str>,
    },
    /// Discovery did not answer in time.
    #[error("discovery of {} did not answer within {after:?}", short(target))]
    TooLate {
        /// The target.
        target: Arc<str>,
        /// How long it was waited for.
        after: Duration,
    },
    /// Discovery failed, and there is no earlier answer.
    #[error("discovery of {}: {error}", short(target))]
    Discovery {
        /// The target.
        target: Arc<str>,
        /// What went wrong.
        #[source]
        error: SharedError,
    },
    /// There are no instances, they are all drained, or the policy found none for this call.
    #[error("no instance of {}: {why}", short(target))]
    NoInstance {
        /// The target.
        target: Arc<str>,
        /// Why.
        #[source]
        why: Arc<Failure>,
    },
    /// Each instance had its attempt.
    #[error("{} of {} for this call {} tried", all(*tried), short(target), if *tried == 1 { "was" } else { "were" })]
    AllTried {
        /// The target.
        target: Arc<str>,
        /// How many there were.
        tried: usize,
    },
    /// The picker's code panicked.
    #[error("the picker panicked: {0}")]
    PickerPanicked(Arc<str>),
}

fn all(tried: usize) -> String {
    if tried == 1 { "the only instance".to_owned() } else { format!("all {tried} instances") }
}

/// The kinds of [`PickError`] that callers and scripts tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PickErrorKind {
    /// Discovery has no answer yet.
    NotYet,
    /// Discovery failed.
    Discovery,
    /// The reason of the set or the policy: empty, all drained, no key, no match and so on.
    NoInstance(FailureKind),
    /// All were tried.
    AllTried,
    /// A program error.
    Internal,
}

impl PickError {
    /// Which kind it is.
    pub fn kind(&self) -> PickErrorKind {
        match self {
            Self::NotYet { .. } | Self::NoRuntime { .. } | Self::TooLate { .. } => PickErrorKind::NotYet,
            Self::Discovery { .. } => PickErrorKind::Discovery,
            Self::NoInstance { why, .. } => PickErrorKind::NoInstance(why.kind()),
            Self::AllTried { .. } => PickErrorKind::AllTried,
            Self::PickerPanicked(_) => PickErrorKind::Internal,
        }
    }

    /// Whether the same pick may succeed a little later.
    pub fn is_retryable(&self) -> bool {
        !matches!(
            self.kind(),
            PickErrorKind::Internal
                | PickErrorKind::NoInstance(
                    FailureKind::MissingKey | FailureKind::NoMatch | FailureKind::Refused
                )
        )
    }
}

/// Why a balancer cannot be built.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The target is malformed, or no source has its scheme.
    #[error(transparent)]
    Target(#[from] BadTarget),
    /// The policy is not known, or has no defaults.
    #[error(transparent)]
    Policy(#[from] BadConfig),
    /// The service config is unusable.
    #[error(transparent)]
    Config(#[from] InvalidServiceConfig),
    /// A proxy and a policy were both named.
    #[error(
        "a proxy at {proxy} and the policy {policy}: with a proxy every call goes to the proxy and no policy is run; name one of them"
    )]
    ProxyAndPolicy {
        /// The proxy's address.
        proxy: String,
        /// The policy's name.
        policy: String,
    },
    /// The proxy's address cannot be read.
    #[error("proxy: {0}")]
    Proxy(#[from] evenkeel_core::BadAddress),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_the_beginning_of_a_long_target_and_all_of_the_reason() {
        let target: Arc<str> = format!("static:///{}", "é".repeat(1_000_000)).into();
        let error = PickError::NoInstance { target, why: Arc::new(Failure::Empty) }.to_string();
        assert!(error.len() < 500 && error.ends_with("...: no instances"), "{error}");
    }
}
