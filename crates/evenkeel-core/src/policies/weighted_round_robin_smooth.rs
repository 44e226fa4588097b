mod blocks;
mod deadlines;
mod sync;
mod table;

use super::{
    by_weight::{ByWeight, Members, lowest_terms, retry},
    round_robin::{Order, RoundRobinConfig},
};
use crate::{
    BadConfig, BadUpdate, CallInfo, Endpoint, Endpoints, Field, Named, Pick, Picker, Policy, RawConfig,
    Snapshot, State, Want,
};
use blocks::Blocks;
use deadlines::Deadlines;
use std::sync::{Arc, atomic::AtomicU64};

/// `weighted_round_robin_smooth`: each READY endpoint as often as its weight, its turns spread as evenly as they can be.
///
/// Where the weights in their lowest terms sum to at most 4,096, it is nginx's smooth order, from a table. Beyond, the order is
/// made in bounded blocks ahead of the picks, by earliest deadline: each endpoint has its exact count in every period, and is at
/// no time a whole pick ahead of its share or behind it. Equal weights take plain turns.
///
/// The place in the sequence is kept across updates until an endpoint or a weight changes. With `relaxed` order a thread goes
/// through the table by itself; blocks are shared in either order.
///
/// Picks never wait for each other. The pick in the middle of a block, of 256 to 4,096 picks, makes the next one, which took
/// some 5 us for 3 endpoints, half a millisecond for 1,000 and 5 ms for 100,000. It does so in the memory of a used block; only if another thread
/// has been stopped in the midst of a pick since half a block ago, or has made the same block, does it allocate.
#[derive(Debug, Default)]
pub struct WeightedRoundRobinSmooth {
    rotation: ByWeight<Rotation>,
}

impl Policy for WeightedRoundRobinSmooth {
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

impl Named for WeightedRoundRobinSmooth {
    const NAME: &'static str = "weighted_round_robin_smooth";
    /// Kitex's name.
    const ALIASES: &'static [&'static str] = &["weight_round_robin"];
    const FIELDS: &'static [Field] = &[Order::FIELD];

    fn parse(config: &RawConfig<'_>) -> Result<RoundRobinConfig, BadConfig> {
        config.typed()
    }
}

/// The longest period that has a table, which is then at most 8 KiB.
const LONGEST_TABLE: u64 = if cfg!(loom) { 4 } else { 4096 };

#[derive(Debug)]
struct Rotation {
    members: Members,
    sequence: Sequence,
}

#[derive(Debug)]
enum Sequence {
    /// The same again and again. No table for equal weights.
    Periodic {
        period: u64,
        table: Option<Box<[u16]>>,
        turn: AtomicU64,
    },
    Blocks(Blocks),
}

impl Rotation {
    fn new(members: &Members, endpoints: &mut dyn Endpoints) -> Self {
        let weights = lowest_terms(members);
        let period = weights.iter().fold(0u64, |sum, weight| sum.saturating_add(*weight)).max(1);
        let fixed = endpoints.start();
        let start = fixed.unwrap_or_else(|| endpoints.random()) % period;
        let periodic = |table| Sequence::Periodic { period, table, turn: AtomicU64::new(start) };
        let sequence = if weights.iter().all(|weight| *weight == 1) {
            periodic(None)
        } else if period <= LONGEST_TABLE {
            periodic(Some(table::smooth(&weights)))
        } else {
            let begin = if fixed.is_some() { Deadlines::after } else { Deadlines::within };
            Sequence::Blocks(Blocks::new(&begin(weights, start)))
        };
        Self { members: members.clone(), sequence }
    }

    #[inline]
    fn next(&self, order: Order, call: &CallInfo<'_>) -> usize {
        match &self.sequence {
            Sequence::Periodic { period, table, turn } => {
                let at = usize::try_from(order.turn(turn, call) % period).unwrap_or(0);
                table.as_ref().map_or(at, |table| usize::from(table[at]))
            }
            Sequence::Blocks(blocks) => blocks.next(),
        }
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
        let members = &self.rotation.members;
        if !call.is_first() {
            return Pick::plain(retry(call, members));
        }
        Pick::plain(members[self.rotation.next(self.order, call)].0)
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
