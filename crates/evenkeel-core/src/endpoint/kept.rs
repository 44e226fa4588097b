use super::Endpoint;
use crate::Key;
use std::collections::HashMap;

/// What a policy keeps for each of its endpoints from one update to the next, by the instance's identity.
///
/// An endpoint that an update did not ask for is forgotten, as its connection is.
#[derive(Debug)]
pub struct Kept<V> {
    by_key: HashMap<Key, (u64, V)>,
    round: u64,
}

impl<V> Default for Kept<V> {
    fn default() -> Self {
        Self { by_key: HashMap::new(), round: 0 }
    }
}

impl<V> Kept<V> {
    /// What is kept for this endpoint, from `make` the first time.
    pub fn of(&mut self, endpoint: &Endpoint, make: impl FnOnce() -> V) -> &mut V {
        let key = endpoint.node.instance.key().clone();
        let (round, value) = self.by_key.entry(key).or_insert_with(|| (0, make()));
        *round = self.round;
        value
    }

    /// Ends an update: forgets whatever was not asked for since the last call.
    pub fn forget_the_rest(&mut self) {
        let asked = self.round;
        self.by_key.retain(|_, (round, _)| *round == asked);
        self.round += 1;
    }
}
