use super::hashing::{ByKey, HASH_SEED, KeySource, Keys, Members, ON_MISSING_KEY, REQUEST_HASH_HEADER};
use crate::{
    BadConfig, BadUpdate, Endpoint, Endpoints, Field, FieldKind, Instance, Memo, Named, Policy, RawConfig,
    Snapshot, State, Want,
};
use points::Points;
use std::sync::Arc;

mod merge;
mod points;
mod ring;
mod seats;

/// `consistent_hash`: a key always goes to the same instance, and a change of the set moves few keys (Karger et al. 1997).
///
/// Each instance owns points on a ring of 2^64 places that follow from the seed, its addresses and its weight alone; a key
/// belongs to the first point at or after its hash. So adding, removing or reweighting one instance moves only keys to or from
/// it. A key's fallbacks are the next instances on the ring; retries walk them, and so do calls whose instance is not READY.
#[derive(Debug, Default)]
pub struct ConsistentHash {
    points: Points,
    places: Memo<ConsistentHashConfig, Box<[u32]>>,
}

/// The config of [`ConsistentHash`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConsistentHashConfig {
    /// How many points an instance has for each unit of its weight, at most 100,000 for one
    /// instance.
    pub points_per_weight: u32,
    /// Whether weights count. If not, each instance counts as of weight 1; a drained one is still out.
    pub weighted: bool,
    /// How many instances one call may try, the first included; 0 is all.
    pub max_fallbacks: u32,
    /// Where the key comes from.
    #[serde(skip)]
    pub keys: KeySource,
}

impl Default for ConsistentHashConfig {
    fn default() -> Self {
        // 160, as libketama: with it, the busiest of 10 to 1,000 instances gets some 30 % more keys than its share.
        Self { points_per_weight: 160, weighted: true, max_fallbacks: 0, keys: KeySource::default() }
    }
}

impl ConsistentHashConfig {
    fn points(&self, instance: &Instance) -> u64 {
        let weight = if self.weighted { instance.weight() } else { instance.weight().min(1) };
        u64::from(weight) * u64::from(self.points_per_weight)
    }

    fn limit(&self) -> usize {
        if self.max_fallbacks == 0 { usize::MAX } else { self.max_fallbacks as usize }
    }
}

impl Policy for ConsistentHash {
    type Config = ConsistentHashConfig;

    fn update(
        &mut self,
        instances: &Snapshot,
        config: &ConsistentHashConfig,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        let points = &mut self.points;
        let places = self.places.get(instances, config.clone(), |all, config| {
            points.set(config.keys.hash_seed, all, |instance| config.points(instance))
        });
        let all: Vec<Endpoint> = instances.iter().map(|i| endpoints.ask(i, Want::HEALTHY)).collect();
        let members = Members::new(&all, places, points.hashes());
        let keys = Keys::new(Self::NAME, &config.keys);
        let table = Arc::clone(points.ring());
        Ok(State::over(all, |_| ByKey { keys, table, members, limit: config.limit() }))
    }
}

impl Named for ConsistentHash {
    const NAME: &'static str = "consistent_hash";
    const BY_KEY: bool = true;
    const ALIASES: &'static [&'static str] = &["consist"];
    const FIELDS: &'static [Field] = &[
        Field::whole("pointsPerWeight", 1..=65_536, "160", "points on the ring for each unit of weight"),
        Field::new("weighted", FieldKind::Bool, "true", "false: each instance counts as of weight 1"),
        Field::whole("maxFallbacks", 0..=u32::MAX as u64, "0", "how many instances a call may try; 0: all"),
        HASH_SEED,
        ON_MISSING_KEY,
        REQUEST_HASH_HEADER,
    ];

    fn parse(config: &RawConfig<'_>) -> Result<ConsistentHashConfig, BadConfig> {
        Ok(ConsistentHashConfig { keys: config.typed()?, ..config.typed()? })
    }
}

#[cfg(test)]
mod tests;
