use super::load_aware::{
    Estimate, Gauges, Pace, QUANTUM, Reading, Real, Settings, choice_count, duration, duration_field,
};
use crate::{BadConfig, BadUpdate, Endpoints, Field, Named, Policy, RawConfig, Snapshot, State};
use std::time::Duration;

/// `adaptive`, the default: of five endpoints drawn by weight, the one whose latency times the square of its calls in flight is least.
///
/// A short plain average follows servers whose speed changes, the square keeps calls from running after it, and five draws find
/// a good server nearly as well as looking at all. Failures are priced as the retries that they cost; a server that fails twice in a row,
/// and one that says that it is overloaded, is left alone for a while. What is not heard of for five `decay` is forgotten and tried again.
/// New and recovered servers get one call at a time until they answer, and are then filled over `rampUp`.
#[derive(Debug, Default)]
pub struct Adaptive {
    gauges: Gauges<AdaptiveConfig>,
}

/// The config of [`Adaptive`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AdaptiveConfig {
    /// The time constant of the average, 10 ms to a minute. Half a second follows changes and still averages a few calls.
    #[serde(deserialize_with = "duration")]
    pub decay: Duration,
    /// How many distinct endpoints a pick compares, 2..=10. With two, the tail under changing speeds is nearly twice as long.
    pub choice_count: usize,
    /// What a failed call costs, as latency; also how long a server is left alone after its second failure in a row, doubled
    /// with each that follows up to seven `decay`. Up to 10 minutes; 1 s is a usual deadline, which is what a failure often costs.
    #[serde(deserialize_with = "duration")]
    pub failure_penalty: Duration,
    /// How long a server that is new or back takes to be filled, up to 10 minutes. Longer than its caches and connections
    /// need is a loss of capacity; the policy `slow_start` is there for those that take minutes.
    #[serde(deserialize_with = "duration")]
    pub ramp_up: Duration,
}

impl Default for AdaptiveConfig {
    fn default() -> Self {
        Self {
            decay: Duration::from_millis(500),
            choice_count: 5,
            failure_penalty: Duration::from_secs(1),
            ramp_up: Duration::from_secs(1),
        }
    }
}

/// After how many decays without a sample an estimate is forgotten.
const FORGOTTEN: u32 = 5;
/// How many decays a failing server is left alone, at most. With 3.5 s, a black hole among twenty under load costs less than one call in a
/// thousand to each of twenty clients, and one that recovers is back within 5 s.
const LEFT_ALONE: u32 = 7;
/// How many samples the others' latency counts as, beside a server's own: it steadies an estimate of few samples and draws an old one
/// back to what is usual.
const PRIOR: f64 = 0.25;
/// Latencies that differ by less than this factor from what is typical count as typical: an average of a few dozen random latencies is no
/// better than that, and whoever follows it sends all calls to the luckiest server, whatever the weights.
const ALIKE: f64 = 4.0 / 3.0;
/// The least share of successes that is believed: what a call costs where all fail stays finite.
const LEAST_SUCCESS: f64 = 0.001;

impl Settings for AdaptiveConfig {
    type Estimate = Mean;

    fn estimate(&self) -> Mean {
        let [decay, penalty] = [self.decay, self.failure_penalty].map(|d| d.as_secs_f64());
        let [latency, trust, failed, heard] = [0.0; 4].map(Real::new);
        Mean { decay, penalty, latency, trust, failed, heard }
    }

    fn pace(&self) -> Pace {
        Pace { first: self.failure_penalty, longest: self.decay * LEFT_ALONE, ramp: self.ramp_up }
    }

    fn choices(&self) -> usize {
        self.choice_count
    }
}

impl Policy for Adaptive {
    type Config = AdaptiveConfig;

    fn update(
        &mut self,
        instances: &Snapshot,
        config: &AdaptiveConfig,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        Ok(self.gauges.update(instances, *config, endpoints))
    }
}

impl Named for Adaptive {
    const NAME: &'static str = "adaptive";
    const FIELDS: &'static [Field] = &[
        duration_field("decay", 10, 60_000, "\"0.5s\"", "the time constant of the average latency"),
        choice_count("5"),
        duration_field("failurePenalty", 0, 600_000, "\"1s\"", "what a failed call costs, as latency"),
        duration_field(
            "rampUp",
            0,
            600_000,
            "\"1s\"",
            "how long a new or recovered server takes to be filled",
        ),
    ];

    fn parse(config: &RawConfig<'_>) -> Result<AdaptiveConfig, BadConfig> {
        config.typed()
    }
}

/// The plain average of one server: each sample weighs less by e for each `decay` that it is old.
///
/// It is a weighted mean at any time, also of few samples or at a clock that stands still; so it stays between its samples.
#[derive(Debug)]
pub(super) struct Mean {
    decay: f64,
    penalty: f64,
    /// In seconds.
    latency: Real,
    /// The weight of all samples, when it was last told.
    trust: Real,
    /// The share of failures, weighted like latencies.
    failed: Real,
    /// When it was last told.
    heard: Real,
}

impl Mean {
    fn tell(&self, at: f64, latency: f64, failed: f64) {
        let quiet = (at - self.heard.get()).max(0.0) / self.decay;
        let trust = self.trust.get() * (-quiet).exp() + 1.0;
        let towards = |mean: &Real, sample: f64| mean.set(mean.get() + (sample - mean.get()) / trust);
        towards(&self.latency, latency);
        towards(&self.failed, failed);
        self.trust.set(trust);
        self.heard.set(at);
    }
}

impl Estimate for Mean {
    fn answered(&self, at: f64, latency: f64) {
        self.tell(at, latency, 0.0);
    }

    /// A fast failure does not make a server fast.
    fn failed(&self, at: f64, latency: f64) {
        self.tell(at, latency.max(self.latency.get()), 1.0);
    }

    fn given_up(&self, at: f64, latency: f64) {
        if latency > self.latency.get() && self.trust.get() > 0.0 {
            self.tell(at, latency, self.failed.get());
        }
    }

    /// Old samples lose their weight without `exp`: by the first terms of its series, until all are forgotten.
    #[inline]
    fn read(&self, now: f64) -> Reading {
        let quiet = (now - self.heard.get()).max(0.0) / self.decay;
        if quiet > f64::from(FORGOTTEN) {
            return Reading::default();
        }
        let fades = 1.0 + quiet * (1.0 + quiet * (0.5 + quiet / 6.0));
        Reading { latency: self.latency.get(), trust: self.trust.get() / fades, failed: self.failed.get() }
    }

    /// Each call takes `latency`; those that fail are made again, and cost the penalty on top.
    #[inline]
    fn cost(&self, known: Reading, typical: Option<f64>, full: f64) -> f64 {
        let typical = typical.unwrap_or(QUANTUM);
        let all = known.trust + PRIOR;
        let latency = (known.trust * known.latency + PRIOR * typical) / all;
        let alike = latency < typical * ALIKE && typical < latency * ALIKE;
        let latency = if alike { typical } else { latency };
        let failed = known.trust * known.failed / all;
        let latency = latency.max(QUANTUM);
        let once = if failed > 0.0 {
            (latency + failed * self.penalty) / (1.0 - failed).max(LEAST_SUCCESS)
        } else {
            latency
        };
        once * full * full
    }
}

#[cfg(test)]
mod tests;
