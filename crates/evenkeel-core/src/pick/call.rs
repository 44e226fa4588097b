use std::{
    fmt::Debug,
    sync::Arc,
    time::{Duration, Instant},
};

/// How an attempt ended, as load, outlier detection and the retry budget see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The server did its work; that includes errors that are the caller's own doing.
    Success,
    /// The server failed.
    Failure,
    /// The server had too much to do.
    Overloaded {
        /// When it may be asked again, if it said so.
        retry_after: Option<Duration>,
    },
    /// It never reached the server. With a time ([`Ended::at`]) a connection was tried and failed; without, the pick was thrown
    /// away.
    Unsent,
    /// The caller lost interest.
    Canceled,
}

/// The end of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended {
    /// How it ended.
    pub outcome: Outcome,
    /// From the start to the head of the response.
    pub head: Option<Duration>,
    /// From the start to the end.
    pub total: Option<Duration>,
    /// When it ended. Nothing where the caller gave the attempt no clock.
    pub at: Option<Instant>,
}

impl From<Outcome> for Ended {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, head: None, total: None, at: None }
    }
}

impl Ended {
    /// The same with when it began and ended, where nobody gave the attempt a clock ([`Call::timed`]).
    #[must_use]
    pub fn between(self, started: Instant, at: Instant) -> Self {
        Self { total: Some(at.saturating_duration_since(started)), at: Some(at), ..self }
    }

    /// How long the server took: to the head of the response, where there was one before the end.
    pub fn latency(&self) -> Option<Duration> {
        self.head.or(self.total)
    }
}

/// Who wants to know how attempts end. Called once for each, from any thread; it must not block.
pub trait Track: Debug + Send + Sync + 'static {
    /// The attempt has ended.
    fn end(&self, ended: &Ended);
}

/// One attempt in flight: a guard that is told how it ended, and tells its trackers. Two fit without an allocation.
///
/// A guard that is dropped ends as [`Outcome::Canceled`]; a pick that is thrown away ends as [`unsent`](Self::unsent).
#[derive(Debug, Default)]
#[must_use]
pub struct Call {
    first: Option<Arc<dyn Track>>,
    second: Option<Arc<dyn Track>>,
    more: Option<Box<Call>>,
    timing: Option<Timing>,
}

#[derive(Debug)]
struct Timing {
    started: Instant,
    head: Option<Duration>,
    clock: fn() -> Instant,
}

impl Call {
    /// An attempt that nobody follows.
    #[inline]
    pub const fn untracked() -> Self {
        Self { first: None, second: None, more: None, timing: None }
    }

    /// An attempt that `tracker` follows.
    #[inline]
    pub fn tracked(tracker: Arc<dyn Track>) -> Self {
        Self { first: Some(tracker), second: None, more: None, timing: None }
    }

    /// The same attempt with one more tracker, which is told after the others.
    pub fn with(mut self, tracker: Arc<dyn Track>) -> Self {
        if self.first.is_none() {
            self.first = Some(tracker);
        } else if self.second.is_none() {
            self.second = Some(tracker);
        } else {
            let more = self.more.take().map_or_else(Self::default, |more| *more);
            self.more = Some(Box::new(more.with(tracker)));
        }
        self
    }

    /// Whether anybody follows it: if not, no clock need be read.
    #[inline]
    pub fn is_tracked(&self) -> bool {
        self.first.is_some()
    }

    /// The attempt with a clock: however it ends, its trackers learn when, and how long it took. Nothing is kept or read where
    /// nobody follows it.
    #[inline]
    pub fn timed(mut self, started: impl FnOnce() -> Instant, clock: fn() -> Instant) -> Self {
        if self.is_tracked() {
            self.timing = Some(Timing { started: started(), head: None, clock });
        }
        self
    }

    /// The head of the response is here.
    #[inline]
    pub fn head(&mut self) {
        if let Some(timing) = &mut self.timing {
            timing.head = Some((timing.clock)().saturating_duration_since(timing.started));
        }
    }

    /// The attempt has ended.
    #[inline]
    pub fn end(mut self, ended: impl Into<Ended>) {
        if self.is_tracked() {
            let ended = self.time(ended.into());
            self.finish(&ended);
        }
    }

    fn time(&self, ended: Ended) -> Ended {
        match &self.timing {
            Some(timing) => Ended { head: timing.head, ..ended.between(timing.started, (timing.clock)()) },
            None => ended,
        }
    }

    /// The pick is thrown away: nobody tried to reach the server, so this says nothing of it.
    #[inline]
    pub fn unsent(mut self) {
        self.timing = None;
        self.end(Outcome::Unsent);
    }

    fn finish(&mut self, ended: &Ended) {
        for tracker in [self.first.take(), self.second.take()].into_iter().flatten() {
            tracker.end(ended);
        }
        if let Some(mut more) = self.more.take() {
            more.finish(ended);
        }
    }
}

impl Drop for Call {
    #[inline]
    fn drop(&mut self) {
        if self.first.is_some() {
            let ended = self.time(Outcome::Canceled.into());
            self.finish(&ended);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    #[derive(Debug)]
    struct Log(Sender<Outcome>);

    impl Track for Log {
        fn end(&self, ended: &Ended) {
            self.0.send(ended.outcome).unwrap();
        }
    }

    fn log() -> (Arc<Log>, Receiver<Outcome>) {
        let (sender, receiver) = channel();
        (Arc::new(Log(sender)), receiver)
    }

    #[test]
    fn each_tracker_hears_of_the_end_once() {
        for trackers in 0..5 {
            let (log, ends) = log();
            let call = (0..trackers).fold(Call::untracked(), |call, _| call.with(log.clone()));
            call.end(Outcome::Success);
            assert_eq!(ends.try_iter().collect::<Vec<_>>(), vec![Outcome::Success; trackers]);
        }
    }

    #[test]
    fn a_dropped_guard_is_canceled_and_a_thrown_away_pick_unsent() {
        let (log, ends) = log();
        drop(Call::tracked(log.clone()));
        Call::tracked(log.clone()).unsent();
        assert_eq!(ends.try_iter().collect::<Vec<_>>(), [Outcome::Canceled, Outcome::Unsent]);
    }
}
