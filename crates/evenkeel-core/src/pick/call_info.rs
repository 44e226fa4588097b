use crate::EndpointId;
use std::{cell::Cell, fmt, time::Instant};

/// A small view of a request's metadata, for policies that route by it.
pub trait Metadata {
    /// Shows each value of the entry `name` (lower case), in order.
    fn values(&self, name: &str, see: &mut dyn FnMut(&[u8]));
}

/// No metadata.
impl Metadata for () {
    fn values(&self, _: &str, _: &mut dyn FnMut(&[u8])) {}
}

/// From how many on a list of tried endpoints that is in order is searched by halves.
const MANY: usize = 16;

/// What a picker may know of a call. Made on the stack for each attempt; random number and ticket come with it, so that
/// pickers are pure and tests exact.
pub struct CallInfo<'a> {
    random: u64,
    ticket: u64,
    key: Option<&'a [u8]>,
    tried: &'a [EndpointId],
    /// Whether there are many tried ones, in order.
    halves: bool,
    avoid: Option<&'a dyn Fn(EndpointId) -> bool>,
    metadata: &'a dyn Metadata,
    clock: &'a dyn Fn() -> Instant,
    now: Cell<Option<Instant>>,
    connect: Cell<Option<EndpointId>>,
}

impl<'a> CallInfo<'a> {
    /// A first attempt without key or metadata. `random` is 64 random bits, `ticket` counts the picks of one thread on one
    /// balancer, `clock` is read at most once.
    #[inline]
    pub fn new(random: u64, ticket: u64, clock: &'a dyn Fn() -> Instant) -> Self {
        let (now, connect) = (Cell::new(None), Cell::new(None));
        let (tried, halves) = (&[][..], false);
        Self { random, ticket, key: None, tried, halves, avoid: None, metadata: &(), clock, now, connect }
    }

    /// The same with an affinity key. Each hash policy mixes it with a seed of its own ([`keyed`](crate::keyed)), so numbers that
    /// follow each other spread as well as any; give them as bytes.
    #[inline]
    #[must_use]
    pub fn with_key(mut self, key: Option<&'a [u8]>) -> Self {
        self.key = key;
        self
    }

    /// The same with the endpoints that earlier attempts of this call used, in any order. Keep them sorted where there may be
    /// many: each is then found in a few steps.
    #[inline]
    #[must_use]
    pub fn with_tried(mut self, tried: &'a [EndpointId]) -> Self {
        self.tried = tried;
        self.halves = tried.len() >= MANY && tried.is_sorted();
        self
    }

    /// The same with the request's metadata.
    #[inline]
    #[must_use]
    pub fn with_metadata(mut self, metadata: &'a dyn Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// The same call, asked of a child that should also leave out whatever `avoid` says. The child's wish to wake an endpoint
    /// ends with the value: pass it on with [`take_connect`](Self::take_connect).
    #[inline]
    #[must_use]
    pub fn avoiding<'b>(&'b self, avoid: &'b dyn Fn(EndpointId) -> bool) -> CallInfo<'b> {
        CallInfo { avoid: Some(avoid), now: self.now.clone(), connect: Cell::new(None), ..*self }
    }

    /// 64 random bits of this call's own. A wrapper that draws passes them on through [`mix`].
    #[inline]
    pub fn random(&self) -> u64 {
        self.random
    }

    /// The number of this pick among those of its thread on this balancer: a rotation without a shared counter.
    #[inline]
    pub fn ticket(&self) -> u64 {
        self.ticket
    }

    /// The affinity key, if the call has one.
    #[inline]
    pub fn key(&self) -> Option<&'a [u8]> {
        self.key
    }

    /// The endpoints that this call has tried.
    #[inline]
    pub fn tried(&self) -> &'a [EndpointId] {
        self.tried
    }

    /// Whether this call has not tried that endpoint, and is not to avoid it.
    #[inline]
    pub fn is_fresh(&self, id: EndpointId) -> bool {
        !self.is_tried(id) && !self.avoid.is_some_and(|avoid| avoid(id))
    }

    /// Whether this call has tried that endpoint.
    #[inline]
    pub(crate) fn is_tried(&self, id: EndpointId) -> bool {
        if self.halves { self.tried.binary_search(&id).is_ok() } else { self.tried.contains(&id) }
    }

    /// Whether every endpoint is fresh: a first attempt that nothing narrows.
    #[inline]
    pub fn is_first(&self) -> bool {
        self.tried.is_empty() && self.avoid.is_none()
    }

    /// The request's metadata.
    #[inline]
    pub fn metadata(&self) -> &'a dyn Metadata {
        self.metadata
    }

    /// The time of this pick.
    pub fn now(&self) -> Instant {
        self.now.get().unwrap_or_else(|| {
            let now = (self.clock)();
            self.now.set(Some(now));
            now
        })
    }

    /// Wakes an idle endpoint, beside whatever the pick yields. Only the last one asked for is woken.
    #[inline]
    pub fn connect(&self, id: EndpointId) {
        self.connect.set(Some(id));
    }

    /// The endpoint to wake, for the layer above.
    #[inline]
    pub fn take_connect(&self) -> Option<EndpointId> {
        self.connect.take()
    }
}

impl fmt::Debug for CallInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallInfo").field("key", &self.key).field("tried", &self.tried).finish_non_exhaustive()
    }
}

/// An even draw from `0..n` out of 64 random bits, by multiplication: no division, no rejection (Lemire 2019). 0 for `n` of 0.
#[inline]
pub fn below(random: u64, n: usize) -> usize {
    usize::try_from((u128::from(random) * n as u128) >> 64).unwrap_or(0)
}

/// Mixes 64 bits into 64 others (the finaliser of splitmix64, Steele et al. 2014).
#[inline]
pub fn mix(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
    fn now() -> Instant {
        Instant::now()
    }

    proptest! {
        #[test]
        fn what_was_tried_is_known_however_many_and_in_whatever_order(
            mut ids in prop::collection::vec((0..99u32, 0..2u32), 0..80), sorted: bool, index in 0..99u32, generation in 0..2u32
        ) {
            if sorted {
                ids.sort_unstable();
            }
            let id = |(index, generation)| EndpointId { index, generation };
            let tried: Vec<_> = ids.iter().copied().map(id).collect();
            let call = CallInfo::new(0, 0, &now).with_tried(&tried);
            prop_assert_eq!(call.is_fresh(id((index, generation))), !ids.contains(&(index, generation)));
        }
    }
}
