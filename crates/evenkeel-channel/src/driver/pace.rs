use std::time::{Duration, Instant};

/// Keeps the driver from spending all its time on updates, which cost time in proportion to the number of endpoints: after one
/// that took `t`, the next waits [`SHARE`] times `t` while events gather, unless it is urgent.
#[derive(Debug, Default)]
pub(super) struct Pace {
    next: Option<Instant>,
}

/// At most an eleventh of one core goes into updates; a burst of 10,000 endpoints becomes a few publications.
const SHARE: u32 = 10;
/// The longest that news may wait.
const LONGEST: Duration = Duration::from_millis(50);
/// What is not worth a timer: tokio's tick.
const SHORTEST: Duration = Duration::from_millis(1);

impl Pace {
    /// An update that took `cost` has ended at `now`.
    pub(super) fn spent(&mut self, cost: Duration, now: Instant) {
        let pause = (cost * SHARE).min(LONGEST);
        self.next = (pause >= SHORTEST).then(|| now + pause);
    }

    /// When news that is there may be told: now, or after the wait. There is always such a time: asked twice, with the end of the wait
    /// between, it must not be that neither the first nor the second tells it.
    pub(super) fn due(&self, now: Instant) -> Instant {
        self.next.map_or(now, |next| next.max(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dear_update_delays_the_next_and_a_cheap_one_does_not() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        pace.spent(Duration::from_micros(50), now);
        assert_eq!(pace.due(now), now);
        pace.spent(Duration::from_micros(500), now);
        assert_eq!(pace.due(now), now + Duration::from_millis(5));
        pace.spent(Duration::from_secs(1), now);
        assert_eq!(pace.due(now), now + LONGEST);
    }

    /// News that had to wait at one look is due at a later one, however late that is: else nobody would wake the driver for it.
    #[test]
    fn what_waits_is_due_at_any_later_time() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        pace.spent(Duration::from_micros(500), now);
        let mut at = now;
        for _ in 0..100 {
            assert!(pace.due(at) >= at && pace.due(at) <= at.max(now + Duration::from_millis(5)));
            at += Duration::from_micros(100);
        }
        assert_eq!(pace.due(at), at);
    }
}
