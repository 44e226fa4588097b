use super::budget::MOST_PER_SECOND;

/// A setting of a retry that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRetry {
    /// No attempt at all.
    #[error("attempts: 0; want at least 1, which is the call itself without a retry")]
    NoAttempts,
    /// The share of calls that may be repeated is out of bounds.
    #[error("budget ratio: {0}; want 0 to 1, the share of calls that may be repeated")]
    BudgetRatio(f64),
    /// More free retries in a second than are counted.
    #[error("budget per second: {0}; want at most {MOST_PER_SECOND}")]
    BudgetPerSecond(u32),
}
