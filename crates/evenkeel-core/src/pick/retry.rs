use super::{CallInfo, below, mix};
use crate::EndpointId;

/// An even draw among the endpoints of `0..n` that this call has not tried; nothing when it tried them all.
///
/// Retries draw instead of turning, so that they do not move the rotation that first picks use.
pub fn untried(call: &CallInfo<'_>, n: usize, id: impl Fn(usize) -> EndpointId) -> Option<EndpointId> {
    let fresh = || (0..n).map(&id).filter(|id| call.is_fresh(*id));
    let left = fresh().count();
    fresh().nth(below(mix(call.random()), left))
}

/// The same with weights: each endpoint that is left is as likely as its share of what is left.
pub fn untried_weighted(
    call: &CallInfo<'_>,
    n: usize,
    entry: impl Fn(usize) -> (EndpointId, u64),
) -> Option<EndpointId> {
    let fresh = || (0..n).map(&entry).filter(|(id, _)| call.is_fresh(*id));
    let total: u128 = fresh().map(|(_, weight)| u128::from(weight)).sum();
    let mut drawn = (u128::from(mix(call.random())) * total) >> 64;
    let mut last = None;
    for (id, weight) in fresh() {
        if drawn < u128::from(weight) {
            return Some(id);
        }
        drawn -= u128::from(weight);
        last = Some(id);
    }
    last
}
