//! Instances in tiers by their priority: the best usable tier takes the calls.

mod phase;
mod priority;
mod spill;
mod split;
#[cfg(test)]
mod tests;

use crate::{Choice, Endpoints, Key, Snapshot, State};
use priority::{Part, Priority};
use split::Split;
use std::collections::{BTreeMap, HashSet};

/// The top of a policy tree: the configured policy once for each [`priority`](crate::Instance::priority) of a set, and of these
/// the best usable one takes the calls, by the rules of gRFC A56 (`priority_experimental`).
///
/// Every set goes through here. One of a single tier costs nothing: the policy's state and picker are passed on as they are, and
/// it stays the same policy, whatever the tier's number. A retry that has tried a whole tier goes on to the next one that runs.
///
/// Beyond A56, a new set interrupts nothing: an instance that it moves to a lower tier stays connected, and a better tier that has
/// to connect first gets no time for it while a lower one is READY.
#[derive(Debug, Default)]
pub struct Tiers {
    split: Split,
    priority: Priority<u32>,
}

impl Tiers {
    /// Tiers that all run all the time, for an engine in which that connects nobody. By default a tier starts when the better
    /// ones cannot be used, and runs on for 15 minutes when they can again.
    pub fn eager() -> Self {
        Self { split: Split::default(), priority: Priority::eager() }
    }

    /// Updates the tiers that run. A tier that is not in the set any more is dropped at once, and all with an empty set.
    pub fn update(&mut self, instances: &Snapshot, choice: &Choice, endpoints: &mut dyn Endpoints) -> State {
        let before = self.split.update(instances);
        let is_new = before.is_some();
        let moved = before.map(|before| self.follow(&before)).unwrap_or_default();
        let tiers = self.split.tiers().iter();
        let parts: Vec<_> = tiers
            .map(|(priority, instances)| Part {
                key: *priority,
                instances,
                choice,
                is_warm: moved.contains(priority),
            })
            .collect();
        self.priority.update(&parts, is_new, endpoints)
    }

    /// After a new set: keeps the policies of tiers that have another number now, and yields the tiers that do not run, but have
    /// got an instance from one that does.
    fn follow(&mut self, before: &BTreeMap<u32, Snapshot>) -> HashSet<u32> {
        let ran = before.iter().filter(|(priority, _)| self.priority.runs(priority));
        let known: HashSet<&Key> = ran.flat_map(|(_, tier)| tier.iter().map(|i| i.key())).collect();
        for (before, after) in renumbered(before, self.split.tiers()) {
            self.priority.rename(&before, after);
        }
        let rest = self.split.tiers().iter().filter(|(priority, _)| !self.priority.runs(priority));
        let moved = rest.filter(|(_, tier)| tier.iter().any(|i| known.contains(i.key())));
        moved.map(|(priority, _)| *priority).collect()
    }
}

/// The tiers that have another number now. Where no number of before is left all were changed, and the nth tier stays the nth.
fn renumbered(before: &BTreeMap<u32, Snapshot>, after: &BTreeMap<u32, Snapshot>) -> Vec<(u32, u32)> {
    if before.keys().any(|priority| after.contains_key(priority)) {
        return Vec::new();
    }
    before.keys().copied().zip(after.keys().copied()).collect()
}
