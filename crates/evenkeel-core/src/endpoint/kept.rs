use super::Endpoint;
use crate::Key;
use std::collections::HashMap;

/// What a policy keeps for each of its endpoints from one update to the next, by the instance's identity.
///
/// An endpoint that an update did not ask for is forgotten, as its connection is.
#[derive(Debug)]
pub struct Kept<V> {
    /// In the order of the last updates, so that one which asks in the same order finds each without a look into the map.
    entries: Vec<Entry<V>>,
    places: HashMap<Key, usize>,
    /// Where the next one is expected.
    next: usize,
    /// How many were asked for since the last end of an update.
    asked: usize,
    round: u64,
}

#[derive(Debug)]
struct Entry<V> {
    key: Key,
    round: u64,
    value: V,
}

impl<V> Default for Kept<V> {
    fn default() -> Self {
        Self { entries: Vec::new(), places: HashMap::new(), next: 0, asked: 0, round: 1 }
    }
}

impl<V> Kept<V> {
    /// What is kept for this endpoint, from `make` the first time.
    pub fn of(&mut self, endpoint: &Endpoint, make: impl FnOnce() -> V) -> &mut V {
        let key = endpoint.node.instance.key();
        let expected = self.entries.get(self.next).is_some_and(|entry| entry.key == *key);
        let place = if expected { self.next } else { self.place(key, make) };
        self.next = place + 1;
        let entry = &mut self.entries[place];
        self.asked += usize::from(entry.round != self.round);
        entry.round = self.round;
        &mut entry.value
    }

    fn place(&mut self, key: &Key, make: impl FnOnce() -> V) -> usize {
        if let Some(place) = self.places.get(key) {
            return *place;
        }
        self.places.insert(key.clone(), self.entries.len());
        self.entries.push(Entry { key: key.clone(), round: 0, value: make() });
        self.entries.len() - 1
    }

    /// Ends an update: forgets whatever was not asked for since the last call.
    pub fn forget_the_rest(&mut self) {
        if self.asked < self.entries.len() {
            let asked = self.round;
            self.entries.retain(|entry| entry.round == asked);
            let places = self.entries.iter().enumerate().map(|(place, entry)| (entry.key.clone(), place));
            self.places = places.collect();
        }
        (self.next, self.asked) = (0, 0);
        self.round += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Address, Connectivity, EndpointId, Instance, Node};
    use proptest::prelude::*;
    use std::{collections::BTreeMap, sync::Arc};

    #[expect(clippy::disallowed_methods, reason = "a test needs some time")]
    fn endpoint(n: u32) -> Endpoint {
        let instance = Instance::from(format!("h{n}:1").parse::<Address>().unwrap());
        let node = Arc::new(Node { instance: Arc::new(instance), load: Arc::default(), error: None });
        let (id, since) = (EndpointId { index: n, generation: 1 }, std::time::Instant::now());
        Endpoint { id, state: Connectivity::Ready, since, weight: 1, node }
    }

    proptest! {
        /// In any order, with repeats: what was asked for in the last update is kept, the rest is made anew.
        #[test]
        fn it_keeps_what_the_last_update_asked_for(updates in prop::collection::vec(prop::collection::vec(0..12u32, 0..16), 0..12)) {
            let (mut kept, mut model, mut made) = (Kept::default(), BTreeMap::new(), 0);
            for asked in updates {
                for n in &asked {
                    let next = made;
                    let value = *kept.of(&endpoint(*n), || { made += 1; next });
                    prop_assert_eq!(value, *model.entry(*n).or_insert(next));
                }
                kept.forget_the_rest();
                model.retain(|n, _| asked.contains(n));
            }
        }
    }
}
