use super::load_aware::{Candidates, Member, Shares, choice_count};
use crate::{
    BadConfig, BadUpdate, Call, CallInfo, Endpoint, EndpointId, Endpoints, Field, Load, Named, Pick, Picker,
    Policy, RawConfig, Snapshot, State, Want,
};
use std::sync::Arc;

/// `least_request`: of a few endpoints drawn by weight, the one with the fewest calls in flight for its weight.
///
/// The power of two choices (Mitzenmacher 2001), with weights. Of equally loaded ones the first drawn wins, so that idle
/// endpoints get their weights' shares exactly. Like every policy here it counts the calls of this balancer alone.
#[derive(Debug, Default)]
pub struct LeastRequest {
    shares: Shares,
}

/// The config of [`LeastRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LeastRequestConfig {
    /// How many distinct endpoints a pick compares, 2..=10.
    pub choice_count: usize,
}

impl Default for LeastRequestConfig {
    fn default() -> Self {
        Self { choice_count: 2 }
    }
}

impl Policy for LeastRequest {
    type Config = LeastRequestConfig;

    fn update(
        &mut self,
        instances: &Snapshot,
        config: &LeastRequestConfig,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        let all: Vec<Endpoint> = instances.iter().map(|i| endpoints.ask(i, Want::HEALTHY)).collect();
        Ok(State::over(all, |ready| {
            let shares = self.shares.of(&ready);
            LeastLoaded(Candidates::new(ready.iter().map(Server::new), shares, config.choice_count))
        }))
    }
}

impl Named for LeastRequest {
    const NAME: &'static str = "least_request";
    const FIELDS: &'static [Field] = &[choice_count("2")];

    fn parse(config: &RawConfig<'_>) -> Result<LeastRequestConfig, BadConfig> {
        config.typed()
    }
}

#[derive(Debug)]
struct Server {
    id: EndpointId,
    weight: u64,
    load: Arc<Load>,
}

impl Server {
    fn new(endpoint: &Endpoint) -> Self {
        Self { id: endpoint.id, weight: endpoint.weight, load: endpoint.node.load.clone() }
    }

    /// Whether it has fewer calls in flight for its weight. Multiplied crosswise, so nothing is rounded or overflows.
    fn is_less_loaded_than(&self, other: &Self) -> bool {
        let load = |one: &Self, weight: u64| u128::from(one.load.pending()) * u128::from(weight);
        load(self, other.weight) < load(other, self.weight)
    }
}

impl Member for Server {
    fn id(&self) -> EndpointId {
        self.id
    }

    fn weight(&self) -> u64 {
        self.weight
    }
}

#[derive(Debug)]
struct LeastLoaded(Candidates<Server>);

impl Picker for LeastLoaded {
    #[inline]
    fn pick(&self, call: &CallInfo<'_>) -> Pick {
        let server = self.0.draw(call).best(Server::is_less_loaded_than);
        server.load.begin();
        Pick::Endpoint(server.id, Call::tracked(server.load.clone()))
    }
}

#[cfg(test)]
mod tests;
