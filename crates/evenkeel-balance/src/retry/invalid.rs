/// A setting of a retry that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRetry {
    /// No attempt at all.
    #[error("attempts: 0; want at least 1, which is the call itself without a retry")]
    NoAttempts,
}
