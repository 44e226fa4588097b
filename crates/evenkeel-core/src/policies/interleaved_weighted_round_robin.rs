mod cycles;

use super::{
    by_weight::{ByWeight, Members, lowest_terms, retry},
    round_robin::{Order, RoundRobinConfig},
};
use crate::{
    BadConfig, BadUpdate, CallInfo, Endpoint, Endpoints, Field, Named, Pick, Picker, Policy, RawConfig,
    Snapshot, State, Want,
};
use cycles::Cycles;
use std::sync::{Arc, atomic::AtomicU64};

/// `interleaved_weighted_round_robin`: each READY endpoint as often in a cycle as its weight, everybody's turns as far apart as
/// going round and round allows (Kitex's algorithm).
///
/// In each round of a cycle everybody who has turns left gets one. The first cycle goes in the order of the set, the later
/// ones from the lightest to the heaviest; a rotation with a random start begins in a later one. The place in the sequence is
/// kept across updates until an endpoint or a weight changes.
#[derive(Debug, Default)]
pub struct InterleavedWeightedRoundRobin {
    rotation: ByWeight<Rotation>,
}

impl Policy for InterleavedWeightedRoundRobin {
    type Config = RoundRobinConfig;

    fn update(
        &mut self,
        instances: &Snapshot,
        config: &RoundRobinConfig,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        let all: Vec<Endpoint> = instances.iter().map(|i| endpoints.ask(i, Want::HEALTHY)).collect();
        Ok(State::over(all, |ready| {
            let rotation = self.rotation.get(&ready, |members| Rotation::new(members, endpoints));
            Turning { rotation, order: config.order }
        }))
    }
}

impl Named for InterleavedWeightedRoundRobin {
    const NAME: &'static str = "interleaved_weighted_round_robin";
    const FIELDS: &'static [Field] = &[Order::FIELD];

    fn parse(config: &RawConfig<'_>) -> Result<RoundRobinConfig, BadConfig> {
        config.typed()
    }
}

#[derive(Debug)]
struct Rotation {
    members: Members,
    cycles: Cycles,
    turn: AtomicU64,
    /// Whether it began at a fixed place of the sequence, so that it has a first cycle.
    fixed: bool,
}

impl Rotation {
    fn new(members: &Members, endpoints: &mut dyn Endpoints) -> Self {
        let (cycles, fixed) = (Cycles::new(lowest_terms(members)), endpoints.start());
        let start = fixed.unwrap_or_else(|| endpoints.random() % cycles.period());
        Self { members: members.clone(), cycles, turn: AtomicU64::new(start), fixed: fixed.is_some() }
    }

    #[inline]
    fn place(&self, turn: u64) -> usize {
        if self.fixed && turn < self.cycles.period() {
            return self.cycles.first(turn);
        }
        self.cycles.later(turn % self.cycles.period())
    }
}

#[derive(Debug)]
struct Turning {
    rotation: Arc<Rotation>,
    order: Order,
}

impl Picker for Turning {
    #[inline]
    fn pick(&self, call: &CallInfo<'_>) -> Pick {
        let rotation = &*self.rotation;
        if !call.is_first() {
            return Pick::plain(retry(call, &rotation.members));
        }
        Pick::plain(rotation.members[rotation.place(self.order.turn(&rotation.turn, call))].0)
    }
}

#[cfg(test)]
mod tests;
