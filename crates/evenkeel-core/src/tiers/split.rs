use crate::{Instance, Snapshot};
use std::{collections::BTreeMap, sync::Arc};

/// A set by priority, the best tier first; made again only for another set.
#[derive(Debug, Default)]
pub(super) struct Split {
    of: Option<Snapshot>,
    tiers: BTreeMap<u32, Snapshot>,
}

impl Split {
    /// Splits the set. Nothing is done for the same set again; for another one this yields the tiers before.
    pub(super) fn update(&mut self, set: &Snapshot) -> Option<BTreeMap<u32, Snapshot>> {
        if self.of.as_ref().is_some_and(|of| of.same(set)) {
            return None;
        }
        self.of = Some(set.clone());
        let before = std::mem::replace(&mut self.tiers, split(set));
        for (priority, tier) in &mut self.tiers {
            // Where nobody joined, left or changed, the policy is given its very set again, so that it keeps what it made of it.
            if let Some(same) = before.get(priority).filter(|old| *old == tier) {
                *tier = same.clone();
            }
        }
        Some(before)
    }

    pub(super) fn tiers(&self) -> &BTreeMap<u32, Snapshot> {
        &self.tiers
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
