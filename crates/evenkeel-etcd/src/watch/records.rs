use crate::{
    record,
    rpc::{EventKind, KeyValue, WatchResponse},
};
use evenkeel_core::{Instance, Snapshot};
use evenkeel_discover::{BadRecord, Gather};
use std::collections::BTreeMap;

/// What the keys say, each read once.
#[derive(Debug)]
pub(super) struct Records {
    by_key: BTreeMap<Vec<u8>, Result<Instance, BadRecord>>,
    weight_scale: u32,
}

impl Records {
    pub(super) fn new(weight_scale: u32) -> Self {
        Self { by_key: BTreeMap::new(), weight_scale }
    }

    pub(super) fn put(&mut self, kv: KeyValue) {
        self.by_key.insert(kv.key, record::read(&kv.value, self.weight_scale));
    }

    /// Takes in what happened. Whether anything did.
    pub(super) fn apply(&mut self, response: WatchResponse) -> bool {
        let is_change = !response.events.is_empty();
        for event in response.events {
            match (event.kind(), event.kv) {
                (EventKind::Put, Some(kv)) => self.put(kv),
                (EventKind::Delete, Some(kv)) => drop(self.by_key.remove(&kv.key)),
                (_, None) => {}
            }
        }
        is_change
    }

    /// The set, in the order of the keys.
    pub(super) fn set(&self) -> Snapshot {
        let mut gather = Gather::new();
        for (key, read) in &self.by_key {
            gather.record(format_args!("key {:?}", String::from_utf8_lossy(key)), read.clone());
        }
        gather.set()
    }
}
