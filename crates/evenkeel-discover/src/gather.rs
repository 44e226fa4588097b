use crate::BadRecord;
use evenkeel_core::{Dropped, Instance, Snapshot};
use std::{fmt, sync::Arc};

/// Makes a set of the records of one answer: what is good counts, what is bad is left out and reported.
#[derive(Debug, Default)]
pub struct Gather {
    instances: Vec<Arc<Instance>>,
    dropped: Dropped,
}

impl Gather {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in one record; `name` says which it is if it is bad.
    pub fn record(&mut self, name: impl fmt::Display, read: Result<Instance, BadRecord>) {
        match read {
            Ok(instance) => self.instances.push(Arc::new(instance)),
            Err(why) => self.dropped.add(format_args!("{name}: {why}")),
        }
    }

    /// The set. Of several records with one identity the last counts.
    pub fn set(self) -> Snapshot {
        let set = Snapshot::new(self.instances);
        if self.dropped.count == 0 { set } else { set.with_dropped(Some(Arc::new(self.dropped))) }
    }
}
