use crate::{CallInfo, Endpoint, EndpointId, untried_weighted};
use std::sync::Arc;

/// The READY endpoints with their weights, in the order of the set. Never empty in a picker: `State::over` builds over at least one.
pub(super) type Members = Arc<[(EndpointId, u64)]>;

/// What a policy derives from its members: a table, a rotation. It is made again only when an endpoint or a weight changed, so
/// that a rotation keeps its place over the updates in between, and no table is built for nothing.
#[derive(Debug)]
pub(super) struct ByWeight<T>(Option<(Members, Arc<T>)>);

impl<T> Default for ByWeight<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> ByWeight<T> {
    /// What belongs to these endpoints, from `make` if they or their weights differ from the last time.
    pub(super) fn get(&mut self, ready: &[Endpoint], make: impl FnOnce(&Members) -> T) -> Arc<T> {
        let entries = || ready.iter().map(|e| (e.id, e.weight));
        if self.0.as_ref().is_some_and(|(members, _)| !members.iter().copied().eq(entries())) {
            self.0 = None;
        }
        let (_, derived) = self.0.get_or_insert_with(|| {
            let members: Members = entries().collect();
            let derived = Arc::new(make(&members));
            (members, derived)
        });
        derived.clone()
    }
}

/// Where a retry goes, or a call that is to avoid somebody: by weight among the members that are fresh, or among all when none is.
///
/// It draws, so that retries do not move the rotation of the first picks.
#[cold]
pub(super) fn retry(call: &CallInfo<'_>, members: &[(EndpointId, u64)]) -> EndpointId {
    let draw = |call: &CallInfo<'_>| untried_weighted(call, members.len(), |n| members[n]);
    let clock = || call.now();
    draw(call)
        .or_else(|| draw(&CallInfo::new(call.random(), call.ticket(), &clock)))
        .unwrap_or_else(|| members[0].0)
}

/// The weights in their lowest terms: divided by what divides them all.
pub(super) fn lowest_terms(members: &[(EndpointId, u64)]) -> Box<[u64]> {
    let divisor = members.iter().fold(0, |divisor, (_, weight)| gcd(divisor, *weight)).max(1);
    members.iter().map(|(_, weight)| weight / divisor).collect()
}

/// Euclid.
pub(super) fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
