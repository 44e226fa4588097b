use std::time::Duration;

/// How many latencies are kept in all: 64 MiB of them. Up to here percentiles are exact; beyond, they come from an even sample.
const KEPT: usize = 16 << 20;

/// The latencies of calls.
#[derive(Debug)]
pub(super) struct Latencies {
    /// In milliseconds; 24 bits of precision.
    kept: Vec<f32>,
    room: usize,
    seen: u64,
    max: Duration,
}

/// Percentiles, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub(super) struct Percentiles {
    pub(super) p50: f64,
    pub(super) p90: f64,
    pub(super) p95: f64,
    pub(super) p99: f64,
    pub(super) p999: f64,
    pub(super) max: f64,
}

impl Latencies {
    /// Room for a share of those that are kept.
    pub(super) fn new(shares: usize) -> Self {
        Self { kept: Vec::new(), room: KEPT / shares.max(1), seen: 0, max: Duration::ZERO }
    }

    pub(super) fn note(&mut self, latency: Duration) {
        self.seen += 1;
        self.max = self.max.max(latency);
        #[expect(clippy::cast_possible_truncation, reason = "24 bits of precision are enough")]
        let value = (latency.as_secs_f64() * 1e3) as f32;
        if self.kept.len() < self.room {
            self.kept.push(value);
        } else if let Some(place) =
            usize::try_from(fastrand::u64(..self.seen)).ok().and_then(|n| self.kept.get_mut(n))
        {
            // Algorithm R (Vitter 1985): each latency seen is kept with the same probability.
            *place = value;
        }
    }

    pub(super) fn merge(&mut self, mut other: Self) {
        self.kept.append(&mut other.kept);
        self.seen += other.seen;
        self.max = self.max.max(other.max);
    }

    /// None where there were no calls.
    pub(super) fn percentiles(&mut self) -> Option<Percentiles> {
        self.kept.sort_unstable_by(f32::total_cmp);
        let of = |share: f64| nearest_rank(&self.kept, share).map(round);
        Some(Percentiles {
            p50: of(0.5)?,
            p90: of(0.9)?,
            p95: of(0.95)?,
            p99: of(0.99)?,
            p999: of(0.999)?,
            max: round(self.max.as_secs_f64() * 1e3),
        })
    }
}

/// The least value that so large a share of all does not exceed.
fn nearest_rank(sorted: &[f32], share: f64) -> Option<f64> {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small and positive"
    )]
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().map(f64::from)
}

/// To the nearest microsecond.
fn round(millis: f64) -> f64 {
    (millis * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut latencies = Latencies::new(1);
        (1..=1000).rev().for_each(|n| latencies.note(Duration::from_millis(n)));
        let want = Percentiles { p50: 500.0, p90: 900.0, p95: 950.0, p99: 990.0, p999: 999.0, max: 1000.0 };
        assert_eq!(latencies.percentiles(), Some(want));
        assert_eq!(Latencies::new(1).percentiles(), None);
    }

    #[test]
    fn beyond_the_room_there_is_a_sample_of_that_size() {
        let mut latencies = Latencies::new(KEPT / 100);
        (1..=10_000).for_each(|n| latencies.note(Duration::from_millis(n)));
        assert_eq!(
            (latencies.kept.len(), latencies.seen, latencies.max),
            (100, 10_000, Duration::from_secs(10))
        );
        let p50 = latencies.percentiles().unwrap().p50;
        assert!((2_000.0..8_000.0).contains(&p50), "{p50}");
    }
}
