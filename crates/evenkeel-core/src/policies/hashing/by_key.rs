use super::Keys;
use crate::{CallInfo, Endpoint, EndpointId, Pick, Picker, mix};
use std::{fmt::Debug, sync::Arc};

/// Whose a key is: an order of the members for each key.
pub(in crate::policies) trait Table: Debug + Send + Sync + 'static {
    /// The first member of the key's list that `takes` accepts. It may give up after some bounded work.
    fn near(&self, key: u64, takes: impl Fn(usize) -> bool) -> Option<usize>;
}

/// The endpoints of a table's members, as they are in this update.
#[derive(Debug)]
pub(in crate::policies) struct Members {
    /// For each member its endpoint, if it is READY.
    ids: Box<[Option<EndpointId>]>,
    /// The READY ones, with the hashes of their identities.
    ready: Box<[(EndpointId, u64)]>,
}

impl Members {
    /// `endpoints[n]` is of the member `places[n]`; `hashes` are by member.
    pub(in crate::policies) fn new(endpoints: &[Endpoint], places: &[u32], hashes: &[u64]) -> Self {
        let mut ids = vec![None; hashes.len()];
        let mut ready = Vec::with_capacity(endpoints.len());
        for (endpoint, place) in endpoints.iter().zip(places).filter(|(e, _)| e.is_ready()) {
            ids[*place as usize] = Some(endpoint.id);
            ready.push((endpoint.id, hashes[*place as usize]));
        }
        Self { ids: ids.into(), ready: ready.into() }
    }
}

/// The picker of all hash policies: it walks the key's list, past members that are not READY or that the call has tried.
///
/// The list of a key is what its table yields within bounded work, then all others by rendezvous (the greatest hash of key and
/// member first). So each key has one list of all members, whatever is READY, and no pick takes longer than O(members).
#[derive(Debug)]
pub(in crate::policies) struct ByKey<T> {
    pub(in crate::policies) keys: Keys,
    pub(in crate::policies) table: Arc<T>,
    pub(in crate::policies) members: Members,
    /// How many endpoints a call may try.
    pub(in crate::policies) limit: usize,
}

impl<T: Table> Picker for ByKey<T> {
    #[inline]
    fn pick(&self, call: &CallInfo<'_>) -> Pick {
        match self.keys.hash(call) {
            Ok(key) => self.choose(call, key).map_or(Pick::Queue, Pick::plain),
            Err(failure) => Pick::Fail(failure),
        }
    }
}

impl<T: Table> ByKey<T> {
    #[inline]
    fn choose(&self, call: &CallInfo<'_>, key: u64) -> Option<EndpointId> {
        let primary = self.find(key, |_| true);
        if call.is_first() {
            return primary;
        }
        let fresh = if call.tried().len() < self.limit { self.fresh(call, key, primary) } else { None };
        fresh.or_else(|| self.tried(call, key)).or(primary)
    }

    /// The first of the key's list that is fresh.
    fn fresh(&self, call: &CallInfo<'_>, key: u64, primary: Option<EndpointId>) -> Option<EndpointId> {
        if let Some(id) = primary.filter(|id| call.is_fresh(*id)) {
            return Some(id);
        }
        // Where one or none is left there is no need to walk for it.
        let mut left = self.members.ready.iter().map(|(id, _)| *id).filter(|id| call.is_fresh(*id));
        match (left.next(), left.next()) {
            (Some(_), Some(_)) => self.find(key, |id| call.is_fresh(id)),
            (one, _) => one,
        }
    }

    /// The first of the key's list that the call has tried.
    fn tried(&self, call: &CallInfo<'_>, key: u64) -> Option<EndpointId> {
        if call.tried().is_empty() { None } else { self.find(key, |id| call.is_tried(id)) }
    }

    /// The first READY one of the key's list that `takes` accepts.
    #[inline]
    fn find(&self, key: u64, takes: impl Fn(EndpointId) -> bool) -> Option<EndpointId> {
        let endpoint = |member: usize| self.members.ids.get(member).copied().flatten();
        match self.table.near(key, |member| endpoint(member).is_some_and(&takes)) {
            Some(member) => endpoint(member),
            None => self.far(key, takes),
        }
    }

    #[cold]
    fn far(&self, key: u64, takes: impl Fn(EndpointId) -> bool) -> Option<EndpointId> {
        let left = self.members.ready.iter().filter(|(id, _)| takes(*id));
        left.max_by_key(|(_, hash)| (mix(key ^ hash), *hash)).map(|(id, _)| *id)
    }
}
