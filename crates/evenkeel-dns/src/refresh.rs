use std::{ops::RangeInclusive, time::Duration};

/// When to look again after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refresh {
    /// When its smallest TTL ends, but not before this floor.
    Ttl(Duration),
    /// After this time, whatever the TTL.
    Every(Duration),
}

impl Refresh {
    /// The floor under a TTL where the target sets none (httplb's, too): a TTL of 0 must not mean a busy loop.
    pub(crate) const FLOOR: Duration = Duration::from_secs(5);
    /// The greatest time between two looks, for a TTL of years, too.
    pub(crate) const CEILING: Duration = Duration::from_secs(3600);
    /// What `min_ttl` and `refresh` may be.
    pub(crate) const BOUNDS: RangeInclusive<Duration> = Duration::from_millis(100)..=Self::CEILING;

    /// How long to wait after an answer with this smallest TTL, in seconds. `random`, 0 to 1, spreads clients over the first
    /// tenth behind the end of the TTL, at most half a second, so that those that started together drift apart.
    pub(crate) fn wait(self, ttl: u32, random: f64) -> Duration {
        let time = match self {
            Self::Ttl(floor) => Duration::from_secs(ttl.into()).clamp(floor, Self::CEILING),
            Self::Every(time) => time,
        };
        time + (time / 10).min(Duration::from_millis(500)).mul_f64(random.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A 18.
    #[test]
    fn a_ttl_is_clamped_to_the_floor_and_an_hour() {
        let wait = |ttl| Refresh::Ttl(Refresh::FLOOR).wait(ttl, 0.0).as_secs();
        assert_eq!([0, 1, 5, 30, 3600, 1 << 31, u32::MAX].map(wait), [5, 5, 5, 30, 3600, 3600, 3600]);
        assert_eq!(Refresh::Ttl(Duration::from_secs(1)).wait(1, 0.0), Duration::from_secs(1));
        assert_eq!(Refresh::Every(Duration::from_secs(7)).wait(1, 0.0), Duration::from_secs(7));
    }

    #[test]
    fn jitter_only_delays_and_by_less_than_a_tenth_or_half_a_second() {
        let refresh = Refresh::Ttl(Duration::from_secs(1));
        assert_eq!(refresh.wait(2, 1.0), Duration::from_millis(2200));
        assert_eq!(refresh.wait(30, 1.0), Duration::from_millis(30_500));
    }
}
