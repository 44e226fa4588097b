use super::text::{OneLine, Time};
use evenkeel_core::Instance;
use std::{
    error::Error,
    fmt::{self, Display},
    sync::Arc,
    time::{Duration, Instant},
};

/// One attempt that failed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Failed<E> {
    /// Where it went.
    pub instance: Arc<Instance>,
    /// Why it failed.
    pub cause: Cause<E>,
    /// When it began.
    pub started: Instant,
    /// How long it took.
    pub took: Duration,
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause<E> {
    /// With this error.
    Error(E),
    /// There was no answer in time.
    TimedOut(TimedOut),
}

/// Which time ran out on an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimedOut {
    /// The time for one attempt.
    Attempt(Duration),
    /// The time for the whole call.
    Deadline(Duration),
}

impl Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attempt(time) => write!(f, "no answer within {}", Time(*time)),
            Self::Deadline(time) => write!(f, "no answer by the deadline of {}", Time(*time)),
        }
    }
}

impl Error for TimedOut {}

impl<E> Failed<E> {
    /// Its error; none if it ran out of time.
    pub fn error(&self) -> Option<&E> {
        match &self.cause {
            Cause::Error(error) => Some(error),
            Cause::TimedOut(_) => None,
        }
    }

    pub(super) fn timed_out(&self) -> Option<&TimedOut> {
        match &self.cause {
            Cause::Error(_) => None,
            Cause::TimedOut(time) => Some(time),
        }
    }
}

impl<E: Display> Display for Failed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after {}: ", self.instance.name(), Time(self.took))?;
        match &self.cause {
            Cause::Error(error) => OneLine(error).fmt(f),
            Cause::TimedOut(time) => time.fmt(f),
        }
    }
}
