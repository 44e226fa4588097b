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
