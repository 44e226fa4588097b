use super::{Backoff, Budget, ByReach, InvalidRetry, Verdict, classify::With};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Attempts of a call, if nothing else is said.
const ATTEMPTS: u32 = 3;

/// How calls are repeated: how often, how long, how fast, and after which errors.
///
/// `Retry::new(3, Duration::from_secs(5))?` is at most 3 attempts within 5 s. Each goes to another instance than those before;
/// when every instance was tried, the call has failed, whatever attempts are left. Only what [never reached a
/// server](super::never_sent) is repeated, anything else if the call is [repeatable](Self::repeatable). Between attempts there is
/// a [`Backoff`], over many calls a [`Budget`].
///
/// A plain value: keep one for each kind of call, or make it for each call.
#[derive(Debug, Clone)]
pub struct Retry<C = ByReach> {
    pub(super) attempts: u32,
    pub(super) deadline: Option<Duration>,
    pub(super) attempt_timeout: Option<Duration>,
    pub(super) patience: Option<Duration>,
    pub(super) backoff: Option<Backoff>,
    pub(super) charge: Charge,
    pub(super) repeatable: bool,
    pub(super) classify: C,
    pub(super) random: fn() -> u64,
}

/// Which budget retries are charged to.
#[derive(Debug, Clone)]
pub(super) enum Charge {
    /// That of the instances.
    Theirs,
    /// The caller's own.
    Own(Arc<Budget>),
    /// None.
    Nothing,
}

impl Charge {
    pub(super) fn budget<'a>(&'a self, theirs: Option<&'a Budget>) -> Option<&'a Budget> {
        match self {
            Self::Theirs => theirs,
            Self::Own(budget) => Some(budget),
            Self::Nothing => None,
        }
    }
}

impl Default for Retry {
    /// 3 attempts, no deadline.
    fn default() -> Self {
        Self {
            attempts: ATTEMPTS,
            deadline: None,
            attempt_timeout: None,
            patience: None,
            backoff: Some(Backoff::default()),
            charge: Charge::Theirs,
            repeatable: false,
            classify: ByReach,
            random: || fastrand::u64(..),
        }
    }
}

impl Retry {
    /// At most `attempts` attempts in all, within `deadline` from the call's begin. 1 attempt is the call without a retry.
    ///
    /// # Errors
    /// 0 attempts.
    pub fn new(attempts: u32, deadline: Duration) -> Result<Self, InvalidRetry> {
        Ok(Self::default().attempts(attempts)?.deadline(deadline))
    }
}

impl<C> Retry<C> {
    /// At most this many attempts, the first included; 3 by default.
    ///
    /// # Errors
    /// 0 attempts.
    pub fn attempts(self, attempts: u32) -> Result<Self, InvalidRetry> {
        match attempts {
            0 => Err(InvalidRetry::NoAttempts),
            attempts => Ok(Self { attempts, ..self }),
        }
    }

    /// The time for the whole call, with all attempts, pauses and waits. None by default.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// The time for one attempt. One that takes longer is given up as a failure of its instance; it may have reached the server,
    /// so it is repeated only if the call is repeatable. None by default.
    #[must_use]
    pub fn attempt_timeout(self, timeout: Duration) -> Self {
        Self { attempt_timeout: Some(timeout), ..self }
    }

    /// Where there is no instance, waits so long for a first one, within the deadline, instead of failing at once.
    #[must_use]
    pub fn wait_for_instance(self, most: Duration) -> Self {
        Self { patience: Some(most), ..self }
    }

    /// The pause before a retry.
    #[must_use]
    pub fn backoff(self, backoff: Backoff) -> Self {
        Self { backoff: Some(backoff), ..self }
    }

    /// No pause before a retry.
    #[must_use]
    pub fn without_backoff(self) -> Self {
        Self { backoff: None, ..self }
    }

    /// Charges retries to this budget, in the place of the one that all calls to the same instances share.
    #[must_use]
    pub fn budget(self, budget: Arc<Budget>) -> Self {
        Self { charge: Charge::Own(budget), ..self }
    }

    /// No limit to retries over many calls.
    #[must_use]
    pub fn without_budget(self) -> Self {
        Self { charge: Charge::Nothing, ..self }
    }

    /// Marks the calls as repeatable: a server that did the work already may do it again.
    #[must_use]
    pub fn repeatable(self) -> Self {
        Self { repeatable: true, ..self }
    }

    /// Judges errors by a closure of the error and the number of the attempt, from 1. It replaces the default altogether; ask
    /// [`never_sent`](super::never_sent) for what that does.
    ///
    /// ```
    /// use evenkeel_balance::{Retry, Verdict};
    /// use std::{io, time::Duration};
    ///
    /// # fn main() -> Result<(), evenkeel_balance::InvalidRetry> {
    /// let retry = Retry::new(3, Duration::from_secs(5))?.classify(|error: &io::Error, _| match error.kind() {
    ///     io::ErrorKind::ConnectionRefused => Verdict::Unsent,
    ///     io::ErrorKind::NotFound => Verdict::Answer,
    ///     _ => Verdict::Failed,
    /// });
    /// # let _ = retry;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn classify<E, F: Fn(&E, u32) -> Verdict<E>>(self, judge: F) -> Retry<With<F>> {
        self.classify_by(With(judge))
    }

    /// Judges errors by a classifier.
    #[must_use]
    pub fn classify_by<D>(self, classify: D) -> Retry<D> {
        let Self {
            attempts, deadline, attempt_timeout, patience, backoff, charge, repeatable, random, ..
        } = self;
        Retry { attempts, deadline, attempt_timeout, patience, backoff, charge, repeatable, classify, random }
    }

    /// When a call that begins now has to end.
    pub(super) fn ends(&self, started: Instant) -> Option<Instant> {
        started.checked_add(self.deadline?)
    }
}
