use crate::{
    Address, Call, CallInfo, EndpointId, Failure, Instance, Pick, Picker, Roster, Snapshot, State, mix,
    policies,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Instant};

/// For tests: a hash policy over instances that are all READY.
#[derive(Debug)]
pub(in crate::policies) struct Client {
    roster: Roster,
    state: State,
}

#[expect(clippy::disallowed_methods, reason = "there is no other way to make an `Instant`")]
pub(in crate::policies) fn now() -> Instant {
    Instant::now()
}

/// Instances `a0:1`, `a1:1`, ... of these weights.
pub(in crate::policies) fn set(weights: &[u32]) -> Snapshot {
    members(&(0..).zip(weights.iter().copied()).collect::<Vec<_>>())
}

/// Instances `aN:1` of these numbers and weights.
pub(in crate::policies) fn members(list: &[(usize, u32)]) -> Snapshot {
    list.iter().map(|(n, weight)| instance(&format!("a{n}:1")).with_weight(*weight)).collect()
}

pub(in crate::policies) fn instance(address: &str) -> Instance {
    Instance::from(address.parse::<Address>().unwrap())
}

impl Client {
    pub(in crate::policies) fn new(policy: &str, config: &Value, set: &Snapshot) -> Self {
        let choice = policies::registry().choose(&json!([{policy: config}])).unwrap();
        let (roster, state) = (Roster::new(choice, 1), State::connecting());
        let mut client = Self { roster, state };
        client.update(set);
        client
    }

    pub(in crate::policies) fn update(&mut self, set: &Snapshot) {
        self.state = self.roster.update(set, now()).unwrap_or_else(|(_, state)| state);
    }

    pub(in crate::policies) fn pick(
        &self,
        key: Option<&[u8]>,
        tried: &[EndpointId],
    ) -> Result<(EndpointId, Call), Arc<Failure>> {
        let call = CallInfo::new(mix(key.map_or(0, |k| k.len() as u64)), 0, &now);
        match self.state.picker.pick(&call.with_key(key).with_tried(tried)) {
            Pick::Endpoint(id, call) => Ok((id, call)),
            Pick::Fail(failure) => Err(failure),
            other => panic!("{other:?}"),
        }
    }

    pub(in crate::policies) fn picker(&self) -> Arc<dyn Picker> {
        self.state.picker.clone()
    }

    pub(in crate::policies) fn name(&self, id: EndpointId) -> String {
        self.roster.instance(id).unwrap().name()
    }

    /// Who gets this key.
    pub(in crate::policies) fn owner(&self, key: impl AsRef<[u8]>) -> String {
        self.name(self.pick(Some(key.as_ref()), &[]).unwrap().0)
    }

    pub(in crate::policies) fn owners(&self, keys: u64) -> Vec<EndpointId> {
        (0..keys).map(|n| self.pick(Some(&mix(n).to_le_bytes()), &[]).unwrap().0).collect()
    }

    /// How many of so many keys each instance gets.
    pub(in crate::policies) fn shares(&self, keys: u64) -> BTreeMap<String, u32> {
        let mut shares: BTreeMap<EndpointId, u32> = BTreeMap::new();
        self.owners(keys).into_iter().for_each(|id| *shares.entry(id).or_default() += 1);
        shares.into_iter().map(|(id, share)| (self.name(id), share)).collect()
    }

    /// Where a call with this key goes that fails everywhere, until it comes to a place again.
    pub(in crate::policies) fn list(&self, key: impl AsRef<[u8]>) -> Vec<String> {
        let mut tried = Vec::new();
        loop {
            let id = self.pick(Some(key.as_ref()), &tried).unwrap().0;
            if tried.contains(&id) {
                return tried.into_iter().map(|id| self.name(id)).collect();
            }
            tried.push(id);
        }
    }
}

/// How many of so many keys have another owner, and whether each of those that moved came from or went to `who`.
pub(in crate::policies) fn moved(before: &Client, after: &Client, keys: u64, who: &str) -> (u64, bool) {
    let (mut moved, mut justified) = (0, true);
    for (from, to) in before.owners(keys).into_iter().zip(after.owners(keys)) {
        let (from, to) = (before.name(from), after.name(to));
        moved += u64::from(from != to);
        justified &= from == to || from == who || to == who;
    }
    (moved, justified)
}
