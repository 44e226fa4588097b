use super::{Failed, NoInstance, text::OneLine};
use evenkeel_core::FailureKind;
use std::{
    error::Error,
    fmt::{self, Display},
};

/// Why a call failed for good, with every attempt that was made.
///
/// It prints as one line with all of them, in order. Its source is the last cause: the error that a classifier put in its place,
/// else the error of the last attempt that had one, else why there was no instance, else the time that ran out.
#[derive(Debug)]
pub struct RetryError<E>(Box<Inner<E>>);

#[derive(Debug)]
struct Inner<E> {
    end: End<E>,
    attempts: Vec<Failed<E>>,
    harmless: bool,
}

/// What ended a call.
#[derive(Debug)]
pub(super) enum End<E> {
    Kind(RetryErrorKind),
    NoInstance(NoInstance),
    /// The deadline passed while the call waited for discovery's first answer, or for a first instance.
    Waiting(NoInstance),
    Replaced(E),
}

/// The kinds of [`RetryError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RetryErrorKind {
    /// All attempts that the call had failed, or one on each instance.
    Exhausted,
    /// The time for the call is over, or would be before the next attempt.
    Deadline,
    /// The last failure is not one to repeat: the call is not marked as repeatable, or the classifier said stop.
    NotRetryable,
    /// Too many calls are repeated just now.
    Budget,
    /// There is no instance, for this reason.
    NoInstance(FailureKind),
}

impl Display for RetryErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exhausted => "exhausted",
            Self::Deadline => "deadline",
            Self::NotRetryable => "not retryable",
            Self::Budget => "retry budget spent",
            Self::NoInstance(_) => "no instance",
        })
    }
}

impl<E> RetryError<E> {
    /// `harmless`: repeating the whole call does no harm, since nothing was sent, or all may be sent again.
    pub(super) fn new(end: End<E>, attempts: Vec<Failed<E>>, harmless: bool) -> Self {
        Self(Box::new(Inner { end, attempts, harmless }))
    }

    /// Which kind it is.
    pub fn kind(&self) -> RetryErrorKind {
        match &self.0.end {
            End::Kind(kind) => *kind,
            End::NoInstance(none) => RetryErrorKind::NoInstance(none.kind()),
            End::Waiting(_) => RetryErrorKind::Deadline,
            End::Replaced(_) => RetryErrorKind::NotRetryable,
        }
    }

    /// The attempts, in order.
    pub fn attempts(&self) -> &[Failed<E>] {
        &self.0.attempts
    }

    /// The final error: the one that a classifier put in its place, else that of the last attempt that had one.
    pub fn last(&self) -> Option<&E> {
        match &self.0.end {
            End::Replaced(error) => Some(error),
            _ => self.0.attempts.iter().rev().find_map(Failed::error),
        }
    }

    /// The final error, as [`last`](Self::last), to keep.
    pub fn into_last(self) -> Option<E> {
        let inner = *self.0;
        match inner.end {
            End::Replaced(error) => Some(error),
            _ => inner.attempts.into_iter().rev().find_map(|failed| match failed.cause {
                super::Cause::Error(error) => Some(error),
                super::Cause::TimedOut(_) => None,
            }),
        }
    }

    /// Why there was no instance, if that is what ended the call, or what it was waiting on.
    pub fn no_instance(&self) -> Option<&NoInstance> {
        match &self.0.end {
            End::NoInstance(none) | End::Waiting(none) => Some(none),
            End::Kind(_) | End::Replaced(_) => None,
        }
    }

    /// Whether the same call may succeed a little later, and does no harm if it is repeated: nothing of it was sent, or it is
    /// marked as repeatable.
    pub fn is_retryable(&self) -> bool {
        let may_pass = match &self.0.end {
            End::Kind(kind) => *kind != RetryErrorKind::NotRetryable,
            End::NoInstance(none) | End::Waiting(none) => none.may_pass(),
            End::Replaced(_) => false,
        };
        may_pass && self.0.harmless
    }

    /// How many attempts, in words.
    fn count(&self) -> String {
        match self.0.attempts.len() {
            0 => "no attempt".to_owned(),
            1 => "1 attempt failed".to_owned(),
            many => format!("{many} attempts failed"),
        }
    }
}

impl<E: Display> Display for RetryError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}", self.count(), self.kind())?;
        match &self.0.end {
            End::Kind(_) => {}
            End::NoInstance(none) | End::Waiting(none) => write!(f, ": {}", OneLine(none))?,
            End::Replaced(error) => write!(f, ": {}", OneLine(error))?,
        }
        f.write_str(")")?;
        for (n, failed) in self.0.attempts.iter().enumerate() {
            write!(f, "{}{failed}", if n == 0 { ": " } else { "; " })?;
        }
        Ok(())
    }
}

impl<E: Error + 'static> Error for RetryError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        if let Some(error) = self.last() {
            return Some(error);
        }
        if let Some(none) = self.no_instance() {
            return Some(&**none.error());
        }
        let time = self.0.attempts.last().and_then(Failed::timed_out);
        time.map(|time| time as &(dyn Error + 'static))
    }
}
