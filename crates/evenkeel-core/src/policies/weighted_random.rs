use super::by_weight::{ByWeight, Members, retry};
use crate::{
    Alias, BadConfig, BadUpdate, CallInfo, Endpoint, Endpoints, Named, Pick, Picker, Policy, RawConfig,
    Snapshot, State, Want,
};
use std::sync::Arc;

/// `weighted_random`: each READY endpoint with a probability of its weight over the sum of all.
///
/// O(1) whatever their number, by [`Alias`]; nothing is shared between threads, nothing is written.
#[derive(Debug, Default)]
pub struct WeightedRandom {
    drawn: ByWeight<Drawn>,
}

impl Policy for WeightedRandom {
    type Config = ();

    fn update(
        &mut self,
        instances: &Snapshot,
        (): &(),
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        let all: Vec<Endpoint> = instances.iter().map(|i| endpoints.ask(i, Want::HEALTHY)).collect();
        Ok(State::over(all, |ready| self.drawn.get(&ready, Drawn::new)))
    }
}

impl Named for WeightedRandom {
    const NAME: &'static str = "weighted_random";
    /// Kitex's names; its O(n) draw and its alias method are one here.
    const ALIASES: &'static [&'static str] = &["weight_random", "weight_random_with_alias_method"];

    fn parse(_: &RawConfig<'_>) -> Result<(), BadConfig> {
        Ok(())
    }
}

#[derive(Debug)]
struct Drawn {
    members: Members,
    alias: Alias,
}

impl Drawn {
    fn new(members: &Members) -> Self {
        let weights: Vec<u64> = members.iter().map(|(_, weight)| *weight).collect();
        Self { members: members.clone(), alias: Alias::new(&weights) }
    }
}

impl Picker for Arc<Drawn> {
    #[inline]
    fn pick(&self, call: &CallInfo<'_>) -> Pick {
        if !call.is_first() {
            return Pick::plain(retry(call, &self.members));
        }
        Pick::plain(self.members[self.alias.draw(call.random())].0)
    }
}

#[cfg(test)]
mod tests;
