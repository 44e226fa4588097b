use super::{Candidates, Cheapest, Estimate, Shares, cheapest::Server, gauge::Gauge, standing::Pace};
use crate::policies::only::Only;
use crate::{Endpoint, Endpoints, Kept, Snapshot, State, Want};
use std::{fmt::Debug, sync::Arc, time::Instant};

/// What a policy's config means for the shared parts.
pub(in crate::policies) trait Settings: Debug + Copy + PartialEq + Send {
    /// What is kept of latencies.
    type Estimate: Estimate;

    /// Nothing known yet.
    fn estimate(&self) -> Self::Estimate;

    /// How failing servers are left alone, and new ones spared.
    fn pace(&self) -> Pace;

    /// How many endpoints a pick compares.
    fn choices(&self) -> usize;
}

/// What a policy keeps of all its servers from one update to the next. Another config starts anew.
#[derive(Debug)]
pub(in crate::policies) struct Gauges<S: Settings> {
    shares: Shares,
    kept: Kept<Arc<Gauge<S::Estimate>>>,
    begun: Option<(Instant, S)>,
}

impl<S: Settings> Default for Gauges<S> {
    fn default() -> Self {
        Self { shares: Shares::default(), kept: Kept::default(), begun: None }
    }
}

impl<S: Settings> Gauges<S> {
    /// The whole of an update: asks for all, and picks the cheapest of a few.
    pub(in crate::policies) fn update(
        &mut self,
        instances: &Snapshot,
        settings: S,
        endpoints: &mut dyn Endpoints,
    ) -> State {
        let now = endpoints.now();
        let (epoch, before) = *self.begun.get_or_insert((now, settings));
        if before != settings {
            (self.kept, self.begun) = (Kept::default(), Some((epoch, settings)));
        }
        let all: Vec<Endpoint> = instances.iter().map(|i| endpoints.ask(i, Want::HEALTHY)).collect();
        if let [only] = &all[..] {
            // Nothing to compare, so nobody is followed, which saves the clock reads. What was known of it is out of date by then.
            let only = only.id;
            self.kept.forget_the_rest();
            return State::over(all, |_| Only(only));
        }
        // For each that was asked for, so that one that is not READY just now keeps what is known of it.
        let gauges: Vec<_> = all.iter().map(|endpoint| self.gauge(endpoint, epoch, now, settings)).collect();
        self.kept.forget_the_rest();
        let mut gauges =
            all.iter().zip(gauges).filter(|(e, _)| e.is_ready()).map(|(_, gauge)| gauge).collect::<Vec<_>>();
        State::over(all, |ready| {
            let mean = mean_weight(&ready);
            let servers = ready.iter().zip(gauges.drain(..)).map(|(e, gauge)| Server::new(e, mean, gauge));
            Cheapest(Candidates::new(servers, self.shares.of(&ready), settings.choices()))
        })
    }

    fn gauge(
        &mut self,
        endpoint: &Endpoint,
        epoch: Instant,
        now: Instant,
        settings: S,
    ) -> Arc<Gauge<S::Estimate>> {
        let load = &endpoint.node.load;
        let make = || Arc::new(Gauge::new(load.clone(), epoch, now, settings.pace(), settings.estimate()));
        let kept = self.kept.of(endpoint, make);
        if !kept.counts(load) {
            // Another connection's life: the calls of the old one are counted elsewhere.
            *kept = make();
        }
        kept.clone()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a ratio of weights")]
fn mean_weight(ready: &[Endpoint]) -> f64 {
    ready.iter().map(|endpoint| endpoint.weight as f64).sum::<f64>() / ready.len() as f64
}
