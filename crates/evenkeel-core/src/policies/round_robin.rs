use crate::{
    BadConfig, BadUpdate, CallInfo, Endpoint, EndpointId, Endpoints, Field, FieldKind, Named, Pick, Picker,
    Policy, RawConfig, Snapshot, State, Want, below, mix, untried,
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// `round_robin`: each READY endpoint in turn, from a random start; the position is kept across updates.
#[derive(Debug, Default)]
pub struct RoundRobin {
    turn: Option<Arc<AtomicU64>>,
}

/// The config of [`RoundRobin`] and of the weighted rotations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RoundRobinConfig {
    /// Whether all threads share one rotation.
    pub order: Order,
}

/// Who shares a rotation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// One rotation for all threads, exact; they write one shared line for it.
    #[default]
    Exact,
    /// One rotation for each thread: nothing shared, exact only within a thread.
    Relaxed,
}

impl Order {
    /// The field that takes it.
    pub(super) const FIELD: Field = Field::new(
        "order",
        FieldKind::OneOf(&["exact", "relaxed"]),
        "\"exact\"",
        "exact: one rotation for all threads; relaxed: one for each thread",
    );

    /// The number of this pick in its rotation; `shared` is the place of the one that all threads share.
    #[inline]
    pub(super) fn turn(self, shared: &AtomicU64, call: &CallInfo<'_>) -> u64 {
        match self {
            Self::Exact => shared.fetch_add(1, Relaxed),
            Self::Relaxed => call.ticket(),
        }
    }
}

impl Policy for RoundRobin {
    type Config = RoundRobinConfig;

    fn update(
        &mut self,
        instances: &Snapshot,
        config: &RoundRobinConfig,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        let turn = self.turn.get_or_insert_with(|| Arc::new(AtomicU64::new(start(endpoints)))).clone();
        let all: Vec<Endpoint> = instances.iter().map(|i| endpoints.ask(i, Want::HEALTHY)).collect();
        Ok(State::over(all, |ready| Rotation {
            ready: ready.iter().map(|e| e.id).collect(),
            turn,
            order: config.order,
        }))
    }
}

/// The upper half of the random bits is far enough from the end of the counter.
fn start(endpoints: &mut dyn Endpoints) -> u64 {
    endpoints.start().unwrap_or_else(|| endpoints.random() >> 32)
}

impl Named for RoundRobin {
    const NAME: &'static str = "round_robin";
    const FIELDS: &'static [Field] = &[Order::FIELD];

    fn parse(config: &RawConfig<'_>) -> Result<RoundRobinConfig, BadConfig> {
        config.typed()
    }
}

#[derive(Debug)]
struct Rotation {
    /// Never empty: `State::over` builds over at least one READY endpoint.
    ready: Box<[EndpointId]>,
    turn: Arc<AtomicU64>,
    order: Order,
}

impl Picker for Rotation {
    #[inline]
    fn pick(&self, call: &CallInfo<'_>) -> Pick {
        if !call.is_first() {
            return Pick::plain(self.retry(call));
        }
        let place = self.order.turn(&self.turn, call) % self.ready.len() as u64;
        Pick::plain(self.ready[usize::try_from(place).unwrap_or(0)])
    }
}

impl Rotation {
    /// Retries, and calls that are to avoid somebody, draw: they do not move the rotation of the first picks.
    #[cold]
    fn retry(&self, call: &CallInfo<'_>) -> EndpointId {
        let fresh = untried(call, self.ready.len(), |n| self.ready[n]);
        fresh.unwrap_or_else(|| self.ready[below(mix(call.random()), self.ready.len())])
    }
}

#[cfg(test)]
mod tests;
