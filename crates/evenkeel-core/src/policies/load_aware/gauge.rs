use super::{
    Reading,
    standing::{Pace, Record, Standing, nanos},
};
use crate::{Ended, Load, Outcome, Track};
use std::{
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

/// What a policy makes of the latencies of a server. Times are in seconds since the policy began; they may stand still or go back.
///
/// Several threads may tell it at once. It may lose a sample then, but its numbers stay finite and between those that it was told.
pub(in crate::policies) trait Estimate: Debug + Send + Sync + 'static {
    /// A call was answered; `latency` in seconds.
    fn answered(&self, at: f64, latency: f64);

    /// A call failed after this time.
    fn failed(&self, at: f64, latency: f64);

    /// A call was given up after this time: it would have taken at least as long.
    fn given_up(&self, at: f64, latency: f64);

    /// What it knows at that time.
    fn read(&self, now: f64) -> Reading;

    /// What a call costs, from what is known, what the others in the draw take (if that is known), and how full the server is:
    /// 1 for idle, 2 with as many calls in flight as its weight stands for.
    fn cost(&self, known: Reading, typical: Option<f64>, full: f64) -> f64;
}

/// All that is kept of one server. It follows its calls.
#[derive(Debug)]
pub(in crate::policies) struct Gauge<E> {
    load: Arc<Load>,
    epoch: Instant,
    pace: Pace,
    record: Record,
    /// Whether it came after the first set, whose servers are all as new as each other.
    joined: bool,
    /// When a call was last placed: stands in for the end of one that nobody timed.
    placed: AtomicU64,
    pub(super) estimate: E,
}

impl<E: Estimate> Gauge<E> {
    pub(super) fn new(load: Arc<Load>, epoch: Instant, now: Instant, pace: Pace, estimate: E) -> Self {
        let now = nanos(now.saturating_duration_since(epoch));
        let (record, placed) = (Record::new(now), AtomicU64::new(now));
        Self { load, epoch, pace, record, joined: now > 0, placed, estimate }
    }

    pub(super) fn counts(&self, load: &Arc<Load>) -> bool {
        Arc::ptr_eq(&self.load, load)
    }

    /// A time on this policy's clock.
    #[inline]
    pub(super) fn time(&self, at: Instant) -> u64 {
        nanos(at.saturating_duration_since(self.epoch))
    }

    /// A call is placed.
    #[inline]
    pub(super) fn begin(&self, now: u64) {
        self.placed.store(now, Relaxed);
        self.load.begin();
    }

    #[inline]
    pub(super) fn standing(&self, now: u64) -> Standing {
        self.record.standing(now, self.load.pending())
    }

    /// Whether it is no newcomer: of the first set, or there for long enough to be given all of its capacity.
    #[inline]
    pub(super) fn is_filled(&self, now: u64) -> bool {
        !self.joined || self.record.ramp(now, &self.pace) >= 1.0
    }

    /// How full it is, if one call of it takes `share` of what the mean server takes.
    #[inline]
    pub(super) fn full(&self, now: u64, share: f64) -> f64 {
        1.0 + f64::from(self.load.pending()) * share / self.record.ramp(now, &self.pace)
    }
}

impl<E: Estimate> Track for Gauge<E> {
    fn end(&self, ended: &Ended) {
        self.load.end(ended);
        if ended.outcome == Outcome::Unsent && ended.at.is_none() {
            return;
        }
        let at = ended.at.map_or_else(|| self.placed.load(Relaxed), |at| self.time(at));
        let (time, latency) = (seconds(at), ended.latency().map(|latency| latency.as_secs_f64()));
        match ended.outcome {
            Outcome::Success => {
                self.record.succeeded(at);
                latency.inspect(|latency| self.estimate.answered(time, *latency));
            }
            Outcome::Failure => {
                self.record.failed(at, &self.pace);
                self.estimate.failed(time, latency.unwrap_or(0.0));
            }
            Outcome::Overloaded { retry_after } => self.record.overloaded(at, retry_after),
            Outcome::Canceled => {
                latency.inspect(|latency| self.estimate.given_up(time, *latency));
            }
            // Nobody there: it says nothing of how fast the server is, but that it is to be left alone.
            Outcome::Unsent => self.record.failed(at, &self.pace),
        }
    }
}

/// Nanoseconds as seconds.
#[inline]
#[expect(clippy::cast_precision_loss, reason = "beyond 104 days of nanoseconds they round")]
pub(super) fn seconds(nanos: u64) -> f64 {
    nanos as f64 * 1e-9
}
