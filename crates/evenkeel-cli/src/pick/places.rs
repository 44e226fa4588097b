use evenkeel::{
    Address, Snapshot,
    core::{Instance, Key},
};
use std::collections::HashMap;

/// The instances of a set by their place in it, and what output calls them.
#[derive(Debug)]
pub(super) struct Places {
    names: Vec<String>,
    by_key: HashMap<Key, usize>,
    by_address: HashMap<Address, usize>,
}

impl Places {
    pub(super) fn new(set: &Snapshot) -> Self {
        let mut by_address = HashMap::new();
        for (place, instance) in set.iter().enumerate() {
            for address in instance.addresses().iter() {
                by_address.entry(address.clone()).or_insert(place);
            }
        }
        let by_key =
            set.iter().enumerate().map(|(place, instance)| (instance.key().clone(), place)).collect();
        Self { names: set.iter().map(|instance| instance.name()).collect(), by_key, by_address }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The instance that has this address.
    pub(super) fn at(&self, address: &str) -> Option<usize> {
        self.by_address.get(&address.parse().ok()?).copied()
    }

    /// Who is behind an endpoint: one instance, or those that a policy joined, in the order of their addresses.
    pub(super) fn behind(&self, endpoint: &Instance) -> Vec<usize> {
        if !endpoint.key().is_slot() {
            return self.by_key.get(endpoint.key()).copied().into_iter().collect();
        }
        let mut places = Vec::new();
        for place in endpoint.addresses().iter().filter_map(|address| self.by_address.get(address)) {
            if places.last() != Some(place) && !places.contains(place) {
                places.push(*place);
            }
        }
        places
    }
}
