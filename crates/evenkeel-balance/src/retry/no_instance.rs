use evenkeel_core::{Failure, FailureKind, SharedError};
use std::{error::Error, fmt, sync::Arc};

/// Why there is no instance for a call: the balancer's own error, and which kind it is.
#[derive(Debug, Clone)]
pub struct NoInstance {
    kind: FailureKind,
    error: SharedError,
}

impl NoInstance {
    /// This error, of this kind.
    pub fn new(kind: FailureKind, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, error: error.into().into() }
    }

    /// Which kind it is.
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// The balancer's error.
    pub fn error(&self) -> &SharedError {
        &self.error
    }

    /// Whether another set of instances may end it, so that there is something to wait for.
    pub fn may_pass(&self) -> bool {
        use FailureKind::{AllDrained, Discovery, Empty, Unavailable};
        matches!(self.kind, Empty | AllDrained | Discovery | Unavailable)
    }
}

impl From<Arc<Failure>> for NoInstance {
    fn from(failure: Arc<Failure>) -> Self {
        Self { kind: failure.kind(), error: failure }
    }
}

impl fmt::Display for NoInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for NoInstance {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F27: there is something to wait for where another set may help, and not where the call itself is at fault.
    #[test]
    fn only_what_another_set_may_end_is_worth_a_wait() {
        let missing = Failure::MissingKey { policy: "maglev", wants: "a key".into() };
        let cases = [
            (Failure::Empty, true),
            (Failure::AllDrained { known: 2 }, true),
            (Failure::Unknown { known: 2 }, true),
            (missing, false),
            (Failure::NoMatch("version v2".into()), false),
        ];
        for (failure, passes) in cases {
            assert_eq!(NoInstance::from(Arc::new(failure)).may_pass(), passes);
        }
    }

    #[test]
    fn the_balancers_own_error_is_kept() {
        let none = NoInstance::new(FailureKind::Empty, std::io::Error::other("stale for 42 s"));
        assert!(none.error().is::<std::io::Error>());
        assert_eq!(none.to_string(), "stale for 42 s");
    }
}
