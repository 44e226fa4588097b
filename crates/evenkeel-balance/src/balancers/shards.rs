use arc_swap::ArcSwap;
use evenkeel_core::below;
use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash, RandomState},
    sync::Arc,
};

/// How many maps there are. A new key copies one of them, so a full cache of 4,096 copies 64 entries.
const SHARDS: usize = 64;

type Shard<K, V> = HashMap<K, Arc<V>>;

/// A map that is read without a lock and written by one thread at a time.
#[derive(Debug)]
pub(super) struct Shards<K, V> {
    shards: Box<[ArcSwap<Shard<K, V>>]>,
    hasher: RandomState,
}

impl<K: Hash + Eq + Clone, V> Shards<K, V> {
    pub(super) fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| ArcSwap::default()).collect(), hasher: RandomState::new() }
    }

    fn shard(&self, key: &K) -> &ArcSwap<Shard<K, V>> {
        &self.shards[below(self.hasher.hash_one(key), SHARDS)]
    }

    pub(super) fn get(&self, key: &K) -> Option<Arc<V>> {
        self.shard(key).load().get(key).cloned()
    }

    /// Writers take turns by a lock of the owner's.
    pub(super) fn insert(&self, key: K, value: Arc<V>) {
        let shard = self.shard(&key);
        let mut map = HashMap::clone(&shard.load());
        map.insert(key, value);
        shard.store(Arc::new(map));
    }

    /// Writers take turns by a lock of the owner's.
    pub(super) fn remove(&self, key: &K) -> Option<Arc<V>> {
        let shard = self.shard(key);
        let mut map = HashMap::clone(&shard.load());
        let gone = map.remove(key);
        shard.store(Arc::new(map));
        gone
    }

    /// All entries, shard by shard.
    pub(super) fn all(&self) -> Vec<(K, Arc<V>)> {
        let maps = self.shards.iter().map(ArcSwap::load_full);
        maps.flat_map(|map| map.iter().map(|(k, v)| (k.clone(), v.clone())).collect::<Vec<_>>()).collect()
    }
}
