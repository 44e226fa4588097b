use super::tally::Reached;
use evenkeel::{Address, Snapshot, channel::Peer, core::Key};
use std::collections::HashMap;

/// The instances of the target's set, and the calls that reached each.
#[derive(Debug, Default)]
pub(super) struct Endpoints {
    pub(super) list: Vec<Endpoint>,
    by_key: HashMap<Key, usize>,
    by_address: HashMap<Address, usize>,
}

/// One instance.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) name: String,
    pub(super) calls: u64,
    pub(super) ok: u64,
}

impl Endpoints {
    /// All of a set, never called.
    pub(super) fn of(set: &Snapshot) -> Self {
        let mut all = Self::default();
        for (place, instance) in set.iter().enumerate() {
            all.list.push(Endpoint { name: instance.name(), calls: 0, ok: 0 });
            all.by_key.insert(instance.key().clone(), place);
            for address in instance.addresses().iter() {
                all.by_address.entry(address.clone()).or_insert(place);
            }
        }
        all
    }

    /// The place of the instance that a peer is. One that a policy joined is told by the address in use; one that was not in the
    /// set is added.
    pub(super) fn place(&mut self, peer: &Peer) -> usize {
        let known = self.by_key.get(peer.instance.key()).or_else(|| self.by_address.get(&peer.address));
        if let Some(place) = known {
            return *place;
        }
        let place = self.list.len();
        self.list.push(Endpoint { name: peer.address.to_string(), calls: 0, ok: 0 });
        self.by_address.insert(peer.address.clone(), place);
        place
    }

    /// Counts calls in.
    pub(super) fn add(&mut self, reached: &Reached) {
        let place = self.place(&reached.peer);
        let endpoint = &mut self.list[place];
        (endpoint.calls, endpoint.ok) = (endpoint.calls + reached.calls, endpoint.ok + reached.ok);
    }
}
