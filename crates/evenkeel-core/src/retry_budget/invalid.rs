use super::MOST_PER_SECOND;

/// A setting of a retry budget that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidBudget {
    /// The share of calls that may be repeated is out of bounds.
    #[error("budget ratio: {0}; want 0 to 1, the share of calls that may be repeated")]
    Ratio(f64),
    /// More free retries in a second than are counted.
    #[error("budget per second: {0}; want at most {MOST_PER_SECOND}")]
    PerSecond(u32),
}
