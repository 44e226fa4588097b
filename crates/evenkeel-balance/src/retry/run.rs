use super::{
    Attempted, Budget, Cause, Classify, Failed, Instances, NoInstance, Picks, Retry, RetryError,
    RetryErrorKind, TimedOut, Verdict, clock, error::End,
};
use evenkeel_core::Outcome;
use std::time::{Duration, Instant};

/// One call under way.
pub(super) struct Run<'a, P, C, E> {
    retry: &'a Retry<C>,
    budget: Option<&'a Budget>,
    picks: P,
    deadline: Option<Instant>,
    failed: Vec<Failed<E>>,
    /// Whether a server that did the call already may do it again.
    repeatable: bool,
    /// Whether an attempt may have reached a server, and done something there.
    sent: bool,
}

impl<'a, C, E> Run<'a, (), C, E> {
    pub(super) fn begin<I: Instances>(
        retry: &'a Retry<C>,
        instances: &'a I,
        call: I::Call,
    ) -> Run<'a, I::Picks<'a>, C, E> {
        let now = clock::now();
        let budget = retry.charge.budget(instances.budget());
        if let Some(budget) = budget {
            budget.deposit(now);
        }
        let (picks, deadline) = (instances.picks(call), retry.ends(now));
        Run { retry, budget, picks, deadline, failed: Vec::new(), repeatable: retry.repeatable, sent: false }
    }
}

impl<P: Picks, C: Classify<E>, E> Run<'_, P, C, E> {
    /// The same call, which may be repeatable for another reason than its settings.
    pub(super) fn or_repeatable(self, repeatable: bool) -> Self {
        Self { repeatable: self.repeatable || repeatable, ..self }
    }

    /// The number of the attempt under way, from 1.
    fn number(&self) -> u32 {
        u32::try_from(self.failed.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    pub(super) fn is_last(&self) -> bool {
        self.number() >= self.retry.attempts
    }

    pub(super) fn fail(self, end: End<E>) -> RetryError<E> {
        RetryError::new(end, self.failed, self.repeatable || !self.sent)
    }

    /// An instance for the next attempt; where there is none, and the call has patience, the first one to come. Each new set is
    /// looked at once, so that an empty one is not asked in a loop (E 91).
    pub(super) async fn pick(&mut self) -> Result<P::Attempt, End<E>> {
        let mut gives_up = None;
        loop {
            if self.deadline.is_some_and(|deadline| deadline <= clock::now()) {
                return Err(End::Kind(RetryErrorKind::Deadline));
            }
            let none = match clock::until(self.deadline, self.picks.next()).await {
                None => {
                    return Err(self
                        .picks
                        .awaited()
                        .map_or(End::Kind(RetryErrorKind::Deadline), End::Waiting));
                }
                Some(Ok(Some(picked))) => return Ok(picked),
                Some(Ok(None)) => return Err(End::Kind(RetryErrorKind::Exhausted)),
                Some(Err(none)) => none,
            };
            let Some(patience) = self.retry.patience.filter(|_| none.may_pass()) else {
                return Err(End::NoInstance(none));
            };
            let gives_up = *gives_up.get_or_insert_with(|| clock::now().checked_add(patience));
            self.wait(gives_up, none).await?;
        }
    }

    /// Waits for another set, until the call gives up or has to end.
    async fn wait(&mut self, gives_up: Option<Instant>, none: NoInstance) -> Result<(), End<E>> {
        let until = [gives_up, self.deadline].into_iter().flatten().min();
        match clock::until(until, self.picks.changed()).await {
            Some(()) => Ok(()),
            None if self.deadline.is_some() && until == self.deadline => Err(End::Waiting(none)),
            None => Err(End::NoInstance(none)),
        }
    }

    /// Makes one attempt; a failed one is written down and judged.
    pub(super) async fn attempt<T>(
        &mut self,
        picked: P::Attempt,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Verdict<E>> {
        let started = clock::now();
        let (until, time) = self.time(started);
        let (cause, verdict) = match clock::until(until, answer).await {
            Some(Ok(value)) => {
                picked.end(Outcome::Success);
                return Ok(value);
            }
            Some(Err(error)) => {
                let verdict = self.retry.classify.classify(&error, self.number());
                (Cause::Error(error), verdict)
            }
            None => (Cause::TimedOut(time), Verdict::Failed),
        };
        let (instance, took) = (picked.instance().clone(), clock::now().saturating_duration_since(started));
        self.sent |= !matches!(verdict, Verdict::Unsent | Verdict::Retry);
        picked.end(verdict.outcome());
        self.failed.push(Failed { instance, cause, started, took });
        Err(verdict)
    }

    /// How long an attempt that starts now may take, and what it is told when that is over.
    fn time(&self, started: Instant) -> (Option<Instant>, TimedOut) {
        let own = self.retry.attempt_timeout.unwrap_or(Duration::MAX);
        let until = started.checked_add(own);
        match (until, self.deadline) {
            (Some(own_end), deadline) if deadline.is_none_or(|deadline| own_end < deadline) => {
                (until, TimedOut::Attempt(own))
            }
            (_, deadline) => (deadline, TimedOut::Deadline(self.retry.deadline.unwrap_or(Duration::MAX))),
        }
    }

    /// Decides whether there is another attempt, and waits until its time has come.
    pub(super) async fn again(&mut self, verdict: Verdict<E>) -> Result<(), End<E>> {
        if matches!(self.failed.last().and_then(Failed::timed_out), Some(TimedOut::Deadline(_))) {
            return Err(End::Kind(RetryErrorKind::Deadline));
        }
        let unsent = matches!(verdict, Verdict::Unsent);
        let least = self.repeats(verdict)?;
        // The failed attempt is in the list by now.
        if self.number() > self.retry.attempts || self.picks.is_spent() {
            return Err(End::Kind(RetryErrorKind::Exhausted));
        }
        let (now, pause) = (clock::now(), self.pause(unsent).max(least));
        let next = now.checked_add(pause);
        if self.deadline.is_some_and(|deadline| next.is_none_or(|next| next >= deadline)) {
            return Err(End::Kind(RetryErrorKind::Deadline));
        }
        if !unsent && self.budget.is_some_and(|budget| !budget.withdraw(now)) {
            return Err(End::Kind(RetryErrorKind::Budget));
        }
        clock::pause(pause).await;
        Ok(())
    }

    /// Whether this verdict lets the call go on, and how long it has to wait at least.
    fn repeats(&self, verdict: Verdict<E>) -> Result<Duration, End<E>> {
        match verdict {
            Verdict::Unsent | Verdict::Retry => Ok(Duration::ZERO),
            Verdict::Failed if self.repeatable => Ok(Duration::ZERO),
            Verdict::Overloaded { retry_after } if self.repeatable => Ok(retry_after.unwrap_or_default()),
            Verdict::Replace(error) => Err(End::Replaced(error)),
            Verdict::Failed | Verdict::Overloaded { .. } | Verdict::Answer | Verdict::Stop => {
                Err(End::Kind(RetryErrorKind::NotRetryable))
            }
        }
    }

    fn pause(&self, unsent: bool) -> Duration {
        match &self.retry.backoff {
            Some(backoff) if !(unsent && backoff.spares_unsent()) => {
                backoff.pause(self.number() - 1, (self.retry.random)())
            }
            _ => Duration::ZERO,
        }
    }
}
