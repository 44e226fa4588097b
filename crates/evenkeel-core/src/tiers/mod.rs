//! Instances in tiers by their priority: the best usable tier takes the calls.

mod phase;
mod priority;
mod spill;
mod split;
#[cfg(test)]
mod tests;

use crate::{Choice, Endpoints, Snapshot, State};
use priority::{Part, Priority};
use split::Split;

/// The top of a policy tree: the configured policy once for each [`priority`](crate::Instance::priority) of a set, and of these
/// the best usable one takes the calls, by the rules of gRFC A56 (`priority_experimental`).
///
/// Every set goes through here. One of a single tier costs nothing: the policy's state and picker are passed on as they are, and
/// it stays the same policy, whatever the tier's number. A retry that has tried a whole tier goes on to the next one that runs.
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
        for (before, after) in self.split.update(instances) {
            self.priority.rename(&before, after);
        }
        let parts = self.split.iter().map(|(priority, instances)| Part { key: *priority, instances, choice });
        self.priority.update(parts, endpoints)
    }
}
