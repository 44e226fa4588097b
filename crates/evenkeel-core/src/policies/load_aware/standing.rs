use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// How long an overloaded server is left alone that did not say how long: long enough to drain a queue, short enough to lose nothing.
const OVERLOADED: Duration = Duration::from_millis(100);
/// The longest that a server may ask to be left alone.
const LONGEST: Duration = Duration::from_secs(30);
/// How many seconds after it came a server is like any other, even if it has not answered.
const PROBATION: u64 = 10;
const SECOND: u64 = 1_000_000_000;
/// How much of a server's capacity is used at least when it is new or back: Envoy's least weight in slow start.
const LEAST: f64 = 0.1;

/// Who is asked before whom. A lesser one loses against any better one, whatever they cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::policies) enum Standing {
    /// Like any other.
    Fit,
    /// New or coming back: its first call is still out, or it is still being filled and comes second to those that are not.
    Unproven,
    /// It fails, or asked to be left alone.
    BackingOff,
}

/// Whether a server is to be asked at all, from how its calls ended. Times are in nanoseconds of the policy's own clock.
#[derive(Debug)]
pub(in crate::policies) struct Record {
    /// Until when it is left alone.
    until: AtomicU64,
    /// Failures in a row.
    failures: AtomicU32,
    /// When it came, came back, or first answered after that.
    since: AtomicU64,
    /// Whether it has answered since it came or came back.
    answered: AtomicBool,
}

/// For how long a failing server is left alone, and how it comes back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::policies) struct Pace {
    /// The first time; doubled for each failure that follows.
    pub(in crate::policies) first: Duration,
    /// At most.
    pub(in crate::policies) longest: Duration,
    /// How long a server that is new or back is spared.
    pub(in crate::policies) ramp: Duration,
}

impl Record {
    pub(in crate::policies) fn new(now: u64) -> Self {
        Self {
            until: AtomicU64::new(0),
            failures: AtomicU32::new(0),
            since: AtomicU64::new(now),
            answered: AtomicBool::new(false),
        }
    }

    /// An answer while it is left alone belongs to a call from before it broke, and says nothing of how it is now.
    pub(super) fn succeeded(&self, at: u64) {
        if !self.answered.load(Relaxed) {
            if at < self.until.load(Relaxed) {
                return;
            }
            self.answered.store(true, Relaxed);
            self.since.store(at, Relaxed);
        }
        self.failures.store(0, Relaxed);
    }

    /// One failure is an accident, which the estimate prices; the second in a row is a broken server.
    pub(super) fn failed(&self, at: u64, pace: &Pace) {
        if at < self.until.load(Relaxed) {
            return;
        }
        let before = self.failures.fetch_add(1, Relaxed);
        if before > 0 {
            let pause = pace.first.saturating_mul(1 << (before - 1).min(16)).min(pace.longest);
            let until = at.saturating_add(nanos(pause));
            self.until.store(until, Relaxed);
            self.since.store(until, Relaxed);
            self.answered.store(false, Relaxed);
        }
    }

    /// It has too much to do; that does not make it a broken server.
    pub(super) fn overloaded(&self, at: u64, retry_after: Option<Duration>) {
        let pause = retry_after.unwrap_or(OVERLOADED).min(LONGEST);
        self.until.fetch_max(at.saturating_add(nanos(pause)), Relaxed);
    }

    #[inline]
    pub(super) fn standing(&self, now: u64, pending: u32) -> Standing {
        if now < self.until.load(Relaxed) {
            return Standing::BackingOff;
        }
        if pending == 0 || self.answered.load(Relaxed) {
            return Standing::Fit;
        }
        // First calls that take long, such as streams, must not hold back the others for ever: each second one more is placed.
        let seconds = now.saturating_sub(self.since.load(Relaxed)) / SECOND;
        if seconds < PROBATION && u64::from(pending) > seconds { Standing::Unproven } else { Standing::Fit }
    }

    /// How much of its capacity it is given: it grows evenly to 1 after it came or came back.
    #[inline]
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits of nanoseconds are 104 days; beyond, rounding is fine"
    )]
    pub(super) fn ramp(&self, now: u64, pace: &Pace) -> f64 {
        let (age, ramp) = (now.saturating_sub(self.since.load(Relaxed)), nanos(pace.ramp));
        if age >= ramp { 1.0 } else { (age as f64 / ramp as f64).max(LEAST) }
    }
}

/// In nanoseconds; 584 years is for ever.
#[inline]
pub(super) fn nanos(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(SECOND).saturating_add(u64::from(duration.subsec_nanos()))
}
