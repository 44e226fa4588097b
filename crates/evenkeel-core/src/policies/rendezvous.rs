use super::hashing::{ByKey, HASH_SEED, KeySource, Keys, Members, ON_MISSING_KEY, REQUEST_HASH_HEADER, Roll};
use crate::{
    BadConfig, BadUpdate, Endpoint, Endpoints, Field, Memo, Named, Policy, RawConfig, Snapshot, State, Want,
};
use scores::Scores;
use std::sync::Arc;

mod ln;
mod scores;

/// `rendezvous`: of all instances, the one whose hash with the key weighs most (Thaler and Ravishankar 1998; weights as in
/// Schindelhauer and Schomaker 2005).
///
/// Shares are exact, a change of the set moves exactly the keys that it must, and there is no table; but each pick looks at all
/// instances. It suits some tens of them. A key's fallbacks are the next in the order of what they weigh.
#[derive(Debug, Default)]
pub struct Rendezvous {
    built: Memo<u64, (Box<[u32]>, Arc<Scores>)>,
}

/// The config of [`Rendezvous`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RendezvousConfig {
    /// Where the key comes from.
    pub keys: KeySource,
}

impl Policy for Rendezvous {
    type Config = RendezvousConfig;

    fn update(
        &mut self,
        instances: &Snapshot,
        config: &RendezvousConfig,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        let (places, scores) = self.built.get(instances, config.keys.hash_seed, |all, seed| {
            let roll = Roll::of(all, *seed);
            (roll.places, Arc::new(Scores::new(roll.hashes, roll.weights)))
        });
        let all: Vec<Endpoint> = instances.iter().map(|i| endpoints.ask(i, Want::HEALTHY)).collect();
        let members = Members::new(&all, places, scores.hashes());
        let (keys, table) = (Keys::new(Self::NAME, &config.keys), scores.clone());
        Ok(State::over(all, |_| ByKey { keys, table, members, limit: usize::MAX }))
    }
}

impl Named for Rendezvous {
    const NAME: &'static str = "rendezvous";
    const BY_KEY: bool = true;
    const FIELDS: &'static [Field] = &[HASH_SEED, ON_MISSING_KEY, REQUEST_HASH_HEADER];

    fn parse(config: &RawConfig<'_>) -> Result<RendezvousConfig, BadConfig> {
        Ok(RendezvousConfig { keys: config.typed()? })
    }
}

#[cfg(test)]
mod tests;
