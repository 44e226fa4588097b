use super::hashing::{ByKey, HASH_SEED, KeySource, Keys, Members, ON_MISSING_KEY, REQUEST_HASH_HEADER, Roll};
use crate::{
    BadConfig, BadUpdate, Endpoint, Endpoints, Field, Memo, Named, Policy, RawConfig, Snapshot, State, Want,
};
use prime::is_prime;
use serde_json::Value;
use std::sync::Arc;
use table::MaglevTable;

mod prime;
mod table;

/// `maglev`: a key's place in a table of fixed size says whose it is (Eisenbud et al. 2016, section 3.4).
///
/// Shares are more even than a ring's, to about 1 % where the table has 100 places an instance; a change of the set moves a few
/// keys in a thousand beside those that it must. Weights work as in Envoy: who has half the weight of another takes its turn
/// half as often.
///
/// A key's fallbacks are at places that follow from hashing it again.
#[derive(Debug, Default)]
pub struct Maglev {
    built: Memo<(u32, u64), Built>,
    table: Arc<MaglevTable>,
}

#[derive(Debug)]
struct Built {
    roll: Roll,
    table: Arc<MaglevTable>,
}

/// The config of [`Maglev`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MaglevConfig {
    /// How many places the table has: a prime of at most 5,000,011, Envoy's bound. A set may have no more instances.
    pub table_size: u32,
    /// Where the key comes from.
    #[serde(skip)]
    pub keys: KeySource,
}

impl Default for MaglevConfig {
    fn default() -> Self {
        // The paper's and Envoy's; within 1 % for up to some 650 instances.
        Self { table_size: 65_537, keys: KeySource::default() }
    }
}

const MOST: u64 = 5_000_011;

impl Policy for Maglev {
    type Config = MaglevConfig;

    fn update(
        &mut self,
        instances: &Snapshot,
        config: &MaglevConfig,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        let (size, seed) = (config.table_size, config.keys.hash_seed);
        if instances.len() > size as usize {
            let known = instances.len();
            return Err(BadUpdate::new(format!(
                "maglev: {known} instances do not fit a tableSize of {size}"
            )));
        }
        let last = &mut self.table;
        let built = self.built.get(instances, (size, seed), |all, _| {
            let roll = Roll::of(all, seed);
            if !last.is_of(size, &roll) {
                *last = Arc::new(MaglevTable::new(size, &roll));
            }
            Built { roll, table: last.clone() }
        });
        let all: Vec<Endpoint> = instances.iter().map(|i| endpoints.ask(i, Want::HEALTHY)).collect();
        let members = Members::new(&all, &built.roll.places, &built.roll.hashes);
        let (keys, table) = (Keys::new(Self::NAME, &config.keys), built.table.clone());
        Ok(State::over(all, |_| ByKey { keys, table, members, limit: usize::MAX }))
    }
}

impl Named for Maglev {
    const NAME: &'static str = "maglev";
    const BY_KEY: bool = true;
    const FIELDS: &'static [Field] = &[
        Field::whole("tableSize", 2..=MOST, "65537", "places in the table, a prime"),
        HASH_SEED,
        ON_MISSING_KEY,
        REQUEST_HASH_HEADER,
    ];

    fn parse(config: &RawConfig<'_>) -> Result<MaglevConfig, BadConfig> {
        let maglev = MaglevConfig { keys: config.typed()?, ..config.typed()? };
        if !is_prime(maglev.table_size) {
            let size = Value::from(maglev.table_size);
            return Err(config.wrong("tableSize", &size, &format!("a prime in 2..={MOST}")));
        }
        Ok(maglev)
    }
}

#[cfg(test)]
mod tests;
