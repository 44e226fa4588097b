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
    by_key: BTreeMap<Vec<u8>, Record>,
    weight_scale: u32,
    /// The sizes of all records together.
    size: usize,
}

/// What one key says.
#[derive(Debug)]
struct Record {
    size: usize,
    read: Result<Instance, BadRecord>,
}

/// The greatest size of all records together, in bytes: 100,000 of 2.5 KiB.
const MOST: usize = 256 << 20;
/// What a record costs besides its key and value, in bytes.
const OVERHEAD: usize = 256;

impl Records {
    pub(super) fn new(weight_scale: u32) -> Self {
        Self { by_key: BTreeMap::new(), weight_scale, size: 0 }
    }

    pub(super) fn put(&mut self, kv: KeyValue) {
        let size = kv.key.len() + kv.value.len() + OVERHEAD;
        let record = Record { size, read: record::read(&kv.value, self.weight_scale) };
        self.size += size;
        let old = self.by_key.insert(kv.key, record);
        self.forget(old);
    }

    fn forget(&mut self, old: Option<Record>) {
        self.size -= old.map_or(0, |old| old.size);
    }

    /// Whether there is more than fits into a reasonable memory.
    pub(super) fn are_too_much(&self) -> bool {
        self.size > MOST
    }

    /// Takes in what happened. Whether anything did.
    pub(super) fn apply(&mut self, response: WatchResponse) -> bool {
        let is_change = !response.events.is_empty();
        for event in response.events {
            match (event.kind(), event.kv) {
                (EventKind::Put, Some(kv)) => self.put(kv),
                (EventKind::Delete, Some(kv)) => {
                    let old = self.by_key.remove(&kv.key);
                    self.forget(old);
                }
                (_, None) => {}
            }
        }
        is_change
    }

    /// The set, in the order of the keys.
    pub(super) fn set(&self) -> Snapshot {
        let mut gather = Gather::new();
        for (key, record) in &self.by_key {
            gather.record(format_args!("key {:?}", String::from_utf8_lossy(key)), record.read.clone());
        }
        gather.set()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::Event;
    use proptest::prelude::*;
    use prost::Message;

    fn kv(key: &str, value: &str) -> KeyValue {
        KeyValue { key: key.into(), value: value.into() }
    }

    fn event(kind: i32, kv: KeyValue) -> WatchResponse {
        WatchResponse { events: vec![Event { kind, kv: Some(kv) }], ..WatchResponse::default() }
    }

    #[test]
    fn the_size_is_that_of_the_records_that_there_are() {
        let mut records = Records::new(1);
        records.put(kv("a", "h:1"));
        let one = records.size;
        records.put(kv("a", "h:2"));
        assert_eq!(records.size, one);
        records.apply(event(0, kv("b", "no record")));
        assert_eq!(records.size, 2 * one + "no record".len() - "h:1".len());
        records.apply(event(1, kv("a", "")));
        records.apply(event(1, kv("b", "")));
        records.apply(event(1, kv("b", "")));
        assert_eq!((records.size, records.are_too_much()), (0, false));
    }

    /// A server that sends keys without end is left, not remembered.
    #[test]
    fn a_quarter_of_a_gigabyte_is_too_much() {
        let mut records = Records::new(1);
        let value = "x".repeat(1 << 20);
        for n in 0..255 {
            records.put(kv(&n.to_string(), &value));
        }
        assert!(!records.are_too_much());
        records.put(kv("255", &value));
        assert!(records.are_too_much());
    }

    proptest! {
        /// G 111.
        #[test]
        fn any_bytes_are_an_answer_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(response) = WatchResponse::decode(&*bytes) {
                let mut records = Records::new(1);
                records.apply(response);
                records.set();
            }
        }

        /// G 111: good answers with a few bytes changed.
        #[test]
        fn a_damaged_answer_is_an_answer_or_an_error(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
            kind in -1..3i32,
        ) {
            let mut bytes = event(kind, kv("/svc/a", r#"{"address":"a:1","weight":5,"tags":{"a":"b"}}"#)).encode_to_vec();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(response) = WatchResponse::decode(&*bytes) {
                let mut records = Records::new(3);
                records.apply(response);
                let set = records.set();
                prop_assert!(set.len() <= 1);
            }
        }
    }
}
