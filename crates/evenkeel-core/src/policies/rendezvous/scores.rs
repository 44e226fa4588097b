use super::ln::neg_ln;
use crate::{mix, policies::hashing::Table};

/// What each member weighs for a key.
#[derive(Debug)]
pub(super) struct Scores {
    /// By member, in order of identity.
    hashes: Box<[u64]>,
    /// By member; nothing where all are equal.
    weights: Option<Box<[u32]>>,
}

impl Scores {
    pub(super) fn new(hashes: Box<[u64]>, weights: Box<[u32]>) -> Self {
        let equal = weights.windows(2).all(|pair| pair[0] == pair[1]);
        Self { hashes, weights: (!equal).then_some(weights) }
    }

    pub(super) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// The members that `takes` accepts, each with its hash for this key.
    fn of(&self, key: u64, takes: impl Fn(usize) -> bool) -> impl Iterator<Item = (usize, u64)> {
        let all = self.hashes.iter().enumerate().filter(move |(member, _)| takes(*member));
        all.map(move |(member, hash)| (member, mix(key ^ hash)))
    }
}

impl Table for Scores {
    /// The greatest `weight / -ln(u)`, with `u` the hash as a number in 0..1; of equal ones the smaller identity.
    ///
    /// At equal weights that is the greatest hash, without the logarithm.
    #[inline]
    fn near(&self, key: u64, takes: impl Fn(usize) -> bool) -> Option<usize> {
        let all = self.of(key, takes);
        match &self.weights {
            None => greatest(all),
            Some(weights) => {
                greatest(all.map(|(member, hash)| (member, f64::from(weights[member]) / neg_ln(hash))))
            }
        }
    }
}

/// The first of the greatest.
#[inline]
fn greatest<T: PartialOrd>(all: impl Iterator<Item = (usize, T)>) -> Option<usize> {
    all.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(member, _)| member)
}
