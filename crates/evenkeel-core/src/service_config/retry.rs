use super::{
    Codes, duration,
    reader::{MISSING, Reader},
};
use serde_json::Value;
use std::time::Duration;

/// The most attempts of a call that a service config can ask for; more act as this many (gRFC A6).
pub const MAX_ATTEMPTS: u32 = 5;

/// When and how often a failed call is tried again (`retryPolicy`, gRFC A6).
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// All attempts, the first one included, 2..=[`MAX_ATTEMPTS`].
    pub max_attempts: u32,
    /// The wait before the first retry, more than 0.
    pub initial_backoff: Duration,
    /// The longest wait, more than 0.
    pub max_backoff: Duration,
    /// What the wait grows by from one retry to the next, more than 0.
    pub backoff_multiplier: f64,
    /// The codes that are tried again, at least one.
    pub retryable: Codes,
}

impl RetryPolicy {
    pub(super) fn read(object: &Reader<'_>) -> Option<Self> {
        let max_attempts = attempts(object);
        let initial_backoff = object.need("initialBackoff", WAIT, wait);
        let max_backoff = object.need("maxBackoff", WAIT, wait);
        let backoff_multiplier = object.need("backoffMultiplier", "a number, more than 0", positive);
        let retryable = retryable(object);
        Some(Self {
            max_attempts: max_attempts?,
            initial_backoff: initial_backoff?,
            max_backoff: max_backoff?,
            backoff_multiplier: backoff_multiplier?,
            retryable: retryable?,
        })
    }

    /// The wait before the n-th retry, counted from 1, without jitter: the initial one grown n - 1 times, at most the longest.
    ///
    /// A caller multiplies it by a random number in 0.8..1.2 (gRFC A6). After a wait that the server asked for, the count starts
    /// at 1 again.
    pub fn backoff(&self, retry: u32) -> Duration {
        let grown = i32::try_from(retry.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.initial_backoff.as_secs_f64() * self.backoff_multiplier.powi(grown);
        Duration::try_from_secs_f64(seconds).map_or(self.max_backoff, |wait| wait.min(self.max_backoff))
    }
}

/// `maxAttempts`, of a retry or hedging policy.
pub(super) fn attempts(object: &Reader<'_>) -> Option<u32> {
    let whole = object.need("maxAttempts", "a whole number, must be at least 2", |value| {
        value.as_u64().filter(|n| *n >= 2)
    });
    whole.map(|n| u32::try_from(n).unwrap_or(MAX_ATTEMPTS).min(MAX_ATTEMPTS))
}

const WAIT: &str = "a duration such as \"0.5s\", more than 0";

fn wait(value: &Value) -> Option<Duration> {
    duration(value).filter(|wait| !wait.is_zero())
}

fn positive(value: &Value) -> Option<f64> {
    value.as_f64().filter(|n| n.is_finite() && *n > 0.0)
}

fn retryable(object: &Reader<'_>) -> Option<Codes> {
    const FIELD: &str = "retryableStatusCodes";
    let codes = Codes::read(object, FIELD);
    if object.get(FIELD).is_none() || codes.is_some_and(Codes::is_empty) {
        object.refuse(FIELD, MISSING, "a list of status codes, at least one");
    }
    codes
}
