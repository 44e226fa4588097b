use crate::policies::hashing::Table;

/// How many points a pick walks at most before it goes on by rendezvous: some 10 us, seen only where nearly all points are of
/// instances that are down or tried.
const WALK: usize = 1 << 13;

/// One point: where it is, and the member that owns it.
pub(super) type Point = (u64, u32);

/// Points in order, with an index over the high bits of the hash: a lookup looks at two or three neighbours on average,
/// however many points there are. 13 to 16 bytes a point.
#[derive(Debug)]
pub(super) struct Ring {
    hashes: Box<[u64]>,
    owners: Box<[u32]>,
    /// For each value of the high bits, the first point that is not before it.
    starts: Box<[u32]>,
    shift: u32,
}

impl Default for Ring {
    fn default() -> Self {
        Self::new(Vec::new(), Vec::new())
    }
}

impl Ring {
    /// Over points that are in order.
    pub(super) fn new(hashes: Vec<u64>, owners: Vec<u32>) -> Self {
        // Two to four points a bucket; at least two buckets, so that the shift is less than 64.
        let bits = (hashes.len() / 2).max(2).ilog2();
        let shift = 64 - bits;
        let mut starts = Vec::with_capacity(1 << bits);
        for (place, hash) in (0u32..).zip(&hashes) {
            let bucket = bucket(*hash, shift);
            while starts.len() <= bucket {
                starts.push(place);
            }
        }
        starts.resize(1 << bits, u32::try_from(hashes.len()).unwrap_or(u32::MAX));
        Self { hashes: hashes.into(), owners: owners.into(), starts: starts.into(), shift }
    }

    pub(super) fn point(&self, place: usize) -> Option<Point> {
        Some((*self.hashes.get(place)?, *self.owners.get(place)?))
    }

    pub(super) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    pub(super) fn owners(&self) -> &[u32] {
        &self.owners
    }

    pub(super) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// The first point at or after `key`.
    #[inline]
    fn first(&self, key: u64) -> usize {
        let start = self.starts[bucket(key, self.shift)] as usize;
        start + self.hashes[start..].iter().take_while(|hash| **hash < key).count()
    }
}

#[inline]
fn bucket(hash: u64, shift: u32) -> usize {
    // At most 2^25 buckets.
    usize::try_from(hash >> shift).unwrap_or(0)
}

impl Table for Ring {
    #[inline]
    fn near(&self, key: u64, takes: impl Fn(usize) -> bool) -> Option<usize> {
        let (before, after) = self.owners.split_at(self.first(key));
        let mut last = u32::MAX;
        for owner in after.iter().chain(before).take(WALK) {
            // Where one instance owns most points, it is asked about once a run.
            if *owner != last && takes(*owner as usize) {
                return Some(*owner as usize);
            }
            last = *owner;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a search from the start; points that share all high bits, and equal ones, too.
        #[test]
        fn a_key_belongs_to_the_first_point_at_or_after_it(
            mut hashes in prop::collection::vec(prop_oneof![any::<u64>(), 0..9u64, u64::MAX - 9..=u64::MAX], 1..200),
            keys in prop::collection::vec(prop_oneof![any::<u64>(), 0..9u64, u64::MAX - 9..=u64::MAX], 50),
        ) {
            hashes.sort_unstable();
            let owners: Vec<u32> = (0..).take(hashes.len()).collect();
            let ring = Ring::new(hashes.clone(), owners);
            for key in keys.into_iter().chain(hashes.clone()) {
                let want = hashes.iter().position(|hash| *hash >= key).unwrap_or(0);
                prop_assert_eq!(ring.near(key, |_| true), Some(want));
            }
        }
    }
}
