use crate::{Instance, Snapshot};
use std::{collections::BTreeMap, sync::Arc};

/// A set by priority, the best tier first; made again only for another set.
#[derive(Debug, Default)]
pub(super) struct Split {
    of: Option<Snapshot>,
    tiers: BTreeMap<u32, Snapshot>,
}

impl Split {
    /// Splits the set, if it is another one, and yields the tiers that have another number now (before, after).
    ///
    /// Where no number of before is left all were changed, and the nth tier stays the nth.
    pub(super) fn update(&mut self, set: &Snapshot) -> Vec<(u32, u32)> {
        if self.of.as_ref().is_some_and(|of| of.same(set)) {
            return Vec::new();
        }
        self.of = Some(set.clone());
        let before = std::mem::replace(&mut self.tiers, split(set));
        for (priority, tier) in &mut self.tiers {
            // Where nobody joined, left or changed, the policy is given its very set again, so that it keeps what it made of it.
            if let Some(same) = before.get(priority).filter(|old| *old == tier) {
                *tier = same.clone();
            }
        }
        if before.keys().any(|priority| self.tiers.contains_key(priority)) {
            return Vec::new();
        }
        before.into_keys().zip(self.tiers.keys().copied()).collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&u32, &Snapshot)> {
        self.tiers.iter()
    }
}

/// A set of one tier is that tier, without a copy.
fn split(set: &Snapshot) -> BTreeMap<u32, Snapshot> {
    let Some(first) = set.first().map(|instance| instance.priority()) else { return BTreeMap::new() };
    if set.iter().all(|instance| instance.priority() == first) {
        return BTreeMap::from([(first, set.clone())]);
    }
    let mut tiers: BTreeMap<u32, Vec<Arc<Instance>>> = BTreeMap::new();
    for instance in set.iter() {
        tiers.entry(instance.priority()).or_default().push(instance.clone());
    }
    tiers.into_iter().map(|(priority, members)| (priority, set.part(members))).collect()
}
