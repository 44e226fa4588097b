use super::unsent::never_sent;
use evenkeel_core::Outcome;
use std::{error::Error, fmt, time::Duration};

/// What an error means for the call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict<E> {
    /// It never reached the server: the call goes elsewhere, whatever it is, and the budget is not charged.
    Unsent,
    /// The server failed, or may have: the call goes elsewhere if it is marked as repeatable.
    Failed,
    /// The server had too much to do: as `Failed`, and not before the time that the server asked for.
    Overloaded {
        /// How long not to ask again, if it said so.
        retry_after: Option<Duration>,
    },
    /// The call goes elsewhere even if it is not marked as repeatable: the classifier knows that this error is harmless.
    Retry,
    /// The server did its work, and this is its answer ("not found"): nothing to repeat, nothing against the instance.
    Answer,
    /// The instance failed, and the call ends with this error.
    Stop,
    /// The call ends with another error in its place; the list of attempts keeps the original.
    Replace(E),
}

impl<E> Verdict<E> {
    /// What the instance's load and outlier detection are told.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Unsent => Outcome::Unsent,
            Self::Overloaded { retry_after } => Outcome::Overloaded { retry_after: *retry_after },
            Self::Answer => Outcome::Success,
            Self::Failed | Self::Retry | Self::Stop | Self::Replace(_) => Outcome::Failure,
        }
    }
}

/// Judges failed attempts. Closures do: `|error: &MyError, attempt| ..`, with attempts counted from 1.
///
/// It is not asked about attempts that ran into the time for one attempt: those may have reached the server, and count as
/// [`Verdict::Failed`].
pub trait Classify<E> {
    /// What this error of attempt number `attempt`, from 1, means.
    fn classify(&self, error: &E, attempt: u32) -> Verdict<E>;
}

impl<E, F: Fn(&E, u32) -> Verdict<E>> Classify<E> for F {
    fn classify(&self, error: &E, attempt: u32) -> Verdict<E> {
        self(error, attempt)
    }
}

/// The default: what [never reached a server](never_sent) is repeated, anything else if the call is marked as repeatable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ByReach;

impl<E: Error + 'static> Classify<E> for ByReach {
    fn classify(&self, error: &E, _: u32) -> Verdict<E> {
        if never_sent(error) { Verdict::Unsent } else { Verdict::Failed }
    }
}

/// A classifier of the caller's, in a form that prints.
#[derive(Clone)]
pub struct With<F>(pub(super) F);

impl<F> fmt::Debug for With<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("With(..)")
    }
}

impl<E, F: Classify<E>> Classify<E> for With<F> {
    fn classify(&self, error: &E, attempt: u32) -> Verdict<E> {
        self.0.classify(error, attempt)
    }
}
