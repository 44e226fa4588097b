use crate::mix;
use std::time::Duration;

/// How long to wait between attempts at something that fails (gRPC's connection back-off).
///
/// The wait before the `n`-th next attempt is `base * multiplier^n`, at most `max`, times an even draw from
/// `1 - jitter ..= 1 + jitter`, counted from the start of the attempt before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    /// The first wait: 1 s.
    pub base: Duration,
    /// What each wait is longer than the one before: 1.6 times.
    pub multiplier: f64,
    /// The longest wait, before jitter: 120 s.
    pub max: Duration,
    /// How far a wait may be off: 0.2.
    pub jitter: f64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { base: Duration::from_secs(1), multiplier: 1.6, max: Duration::from_secs(120), jitter: 0.2 }
    }
}

impl Backoff {
    /// The wait after `failures` earlier failures.
    pub fn wait(&self, failures: u32, random: u64) -> Duration {
        let exponent = i32::try_from(failures.min(1_000)).unwrap_or(1_000);
        let seconds = (self.base.as_secs_f64() * self.multiplier.powi(exponent)).min(self.max.as_secs_f64());
        // 53 bits are what an `f64` holds exactly.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let unit = (mix(random) >> 11) as f64 / (1u64 << 53) as f64;
        let factor = 1.0 + self.jitter * (2.0 * unit - 1.0);
        Duration::try_from_secs_f64(seconds * factor).unwrap_or(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// gRPC case 83.
    #[test]
    fn the_series_grows_by_1_6_up_to_120_seconds() {
        let backoff = Backoff { jitter: 0.0, ..Backoff::default() };
        let series: Vec<_> =
            (0..13).map(|n| (backoff.wait(n, 7).as_secs_f64() * 1000.0).round() / 1000.0).collect();
        let want =
            [1.0, 1.6, 2.56, 4.096, 6.554, 10.486, 16.777, 26.844, 42.95, 68.719, 109.951, 120.0, 120.0];
        assert_eq!(series, want);
    }

    /// gRPC case 83.
    #[test]
    fn jitter_stays_within_a_fifth() {
        let (exact, jittered) = (Backoff { jitter: 0.0, ..Backoff::default() }, Backoff::default());
        for n in 0..2_000 {
            let failures = n % 14;
            let ratio =
                jittered.wait(failures, u64::from(n)).as_secs_f64() / exact.wait(failures, 0).as_secs_f64();
            assert!((0.8..=1.2).contains(&ratio), "{ratio}");
        }
    }
}
