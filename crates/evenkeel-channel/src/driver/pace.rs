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

    /// Until when to wait, if there is to be a wait.
    pub(super) fn holds(&self, now: Instant) -> Option<Instant> {
        self.next.filter(|next| *next > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dear_update_delays_the_next_and_a_cheap_one_does_not() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        pace.spent(Duration::from_micros(50), now);
        assert_eq!(pace.holds(now), None);
        pace.spent(Duration::from_micros(500), now);
        assert_eq!(pace.holds(now), Some(now + Duration::from_millis(5)));
        assert_eq!(pace.holds(now + Duration::from_millis(5)), None);
        pace.spent(Duration::from_secs(1), now);
        assert_eq!(pace.holds(now), Some(now + LONGEST));
    }
}
