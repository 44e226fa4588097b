use super::load_aware::{
    Estimate, Gauges, Pace, QUANTUM, Reading, Real, Settings, choice_count, duration, duration_field,
};
use crate::{BadConfig, BadUpdate, Endpoints, Field, Named, Policy, RawConfig, Snapshot, State};
use std::time::Duration;

/// `peak_ewma`: of a few endpoints drawn by weight, the one whose latency times calls in flight is least.
///
/// As in Finagle and linkerd: the average jumps at once to a latency above it and falls slowly to those below it, so it fits servers
/// that are slow for long. A failure counts as a slow answer, two in a row keep calls away for a while. A new endpoint is
/// taken for what the others are, and gets one call at a time until it answers.
#[derive(Debug, Default)]
pub struct PeakEwma {
    gauges: Gauges<PeakEwmaConfig>,
}

/// The config of [`PeakEwma`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PeakEwmaConfig {
    /// How fast latencies are forgotten: to 1/e in this time, 10 ms to an hour. Finagle's default is 10 s.
    #[serde(deserialize_with = "duration")]
    pub decay: Duration,
    /// How many distinct endpoints a pick compares, 2..=10.
    pub choice_count: usize,
    /// The latency that a failed call counts as, at least; also how long a server is left alone after its second failure in a
    /// row, doubled with each that follows up to `decay`. Up to 10 minutes.
    #[serde(deserialize_with = "duration")]
    pub failure_penalty: Duration,
    /// The latency of an endpoint that has not answered yet, if the others take no less. From 1 ms, linkerd's floor, to a minute.
    #[serde(deserialize_with = "duration")]
    pub default_latency: Duration,
}

impl Default for PeakEwmaConfig {
    fn default() -> Self {
        Self {
            decay: Duration::from_secs(10),
            choice_count: 2,
            failure_penalty: Duration::from_secs(1),
            default_latency: Duration::from_millis(30),
        }
    }
}

/// How long a new endpoint gets one call at a time, at most.
const DAMPED: Duration = Duration::from_secs(1);

impl Settings for PeakEwmaConfig {
    type Estimate = Peak;

    fn estimate(&self) -> Peak {
        let seconds = [self.decay, self.failure_penalty, self.default_latency].map(|d| d.as_secs_f64());
        let [decay, penalty, default] = seconds;
        Peak { decay, penalty, default, highest: Real::new(f64::NAN), heard: Real::new(0.0) }
    }

    fn pace(&self) -> Pace {
        Pace { first: self.failure_penalty, longest: self.decay.max(self.failure_penalty), ramp: DAMPED }
    }

    fn choices(&self) -> usize {
        self.choice_count
    }
}

impl Policy for PeakEwma {
    type Config = PeakEwmaConfig;

    fn update(
        &mut self,
        instances: &Snapshot,
        config: &PeakEwmaConfig,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        Ok(self.gauges.update(instances, *config, endpoints))
    }
}

impl Named for PeakEwma {
    const NAME: &'static str = "peak_ewma";
    const FIELDS: &'static [Field] = &[
        duration_field("decay", 10, 3_600_000, "\"10s\"", "how fast latencies are forgotten"),
        choice_count("2"),
        duration_field("failurePenalty", 0, 600_000, "\"1s\"", "the latency that a failed call counts as"),
        duration_field(
            "defaultLatency",
            1,
            60_000,
            "\"0.03s\"",
            "the latency of an endpoint that has not answered",
        ),
    ];

    fn parse(config: &RawConfig<'_>) -> Result<PeakEwmaConfig, BadConfig> {
        config.typed()
    }
}

/// The peak-sensitive average of one server.
#[derive(Debug)]
pub(super) struct Peak {
    decay: f64,
    penalty: f64,
    default: f64,
    /// In seconds; NaN: nothing was heard yet.
    highest: Real,
    /// When it was last told.
    heard: Real,
}

impl Peak {
    fn tell(&self, at: f64, sample: f64) {
        let (peak, quiet) = (self.highest.get(), (at - self.heard.get()).max(0.0));
        let next = if peak > sample {
            let keep = (-quiet / self.decay).exp();
            peak * keep + sample * (1.0 - keep)
        } else {
            sample
        };
        self.highest.set(next);
        self.heard.set(at);
    }
}

impl Estimate for Peak {
    fn answered(&self, at: f64, latency: f64) {
        self.tell(at, latency);
    }

    fn failed(&self, at: f64, latency: f64) {
        self.tell(at, latency.max(self.penalty));
    }

    fn given_up(&self, at: f64, latency: f64) {
        let peak = self.highest.get();
        if latency > if peak.is_nan() { self.default } else { peak } {
            self.tell(at, latency);
        }
    }

    /// It falls while nothing is heard, so that a punished server is tried again.
    #[inline]
    fn read(&self, now: f64) -> Reading {
        let peak = self.highest.get();
        if peak.is_nan() {
            return Reading::default();
        }
        let quiet = (now - self.heard.get()).max(0.0) / self.decay;
        // The series is within 8 % up to 1; where a server was not heard of for longer, `exp` is worth its time: the series alone would
        // keep a fast server that failed once out for minutes.
        let fades = if quiet < 1.0 { 1.0 + quiet + quiet * quiet / 2.0 } else { quiet.exp() };
        Reading { latency: peak / fades, trust: 1.0, failed: 0.0 }
    }

    #[inline]
    fn cost(&self, known: Reading, typical: Option<f64>, full: f64) -> f64 {
        let unknown = || typical.map_or(self.default, |typical| typical.min(self.default));
        let latency = if known.trust > 0.0 { known.latency } else { unknown() };
        latency.max(QUANTUM) * full
    }
}

#[cfg(test)]
mod tests;
