use super::{Instance, Key, Snapshot};
use std::{collections::HashMap, sync::Arc};

/// What differs between two sets: by identity, then weight *and* tags. Another order alone is no change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The newer set, whole.
    pub all: Snapshot,
    /// Instances that only the newer set has.
    pub added: Vec<Arc<Instance>>,
    /// Instances of both, as they are now, whose weight, tags or order of addresses differ.
    pub updated: Vec<Arc<Instance>>,
    /// Instances that only the older set had.
    pub removed: Vec<Arc<Instance>>,
}

impl Change {
    /// From `old` to `new`.
    pub fn between(old: &[Arc<Instance>], new: &Snapshot) -> Self {
        let mut gone: HashMap<&Key, &Arc<Instance>> = old.iter().map(|i| (i.key(), i)).collect();
        let (mut added, mut updated) = (Vec::new(), Vec::new());
        for instance in new.iter() {
            match gone.remove(instance.key()) {
                None => added.push(instance.clone()),
                Some(before) if before != instance => updated.push(instance.clone()),
                Some(_) => {}
            }
        }
        let removed = old.iter().filter(|i| gone.contains_key(i.key())).cloned().collect();
        Self { all: new.clone(), added, updated, removed }
    }

    /// Whether nothing differs but the order.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.updated.is_empty() && self.removed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Address;
    use proptest::prelude::*;

    fn set(members: &[(u8, u32)]) -> Snapshot {
        let at = |n: u8| Instance::from(format!("h{n}:1").parse::<Address>().unwrap());
        members.iter().map(|(n, w)| at(*n).with_weight(*w)).collect()
    }

    proptest! {
        /// F34: what a change says, applied to the old set, gives the new one.
        #[test]
        fn applied_to_the_old_set_it_gives_the_new_one(
            old in prop::collection::vec((0..12u8, 0..3u32), 0..12),
            new in prop::collection::vec((0..12u8, 0..3u32), 0..12),
        ) {
            let (old, new) = (set(&old), set(&new));
            let change = Change::between(&old, &new);
            let mut all: HashMap<_, _> = old.iter().map(|i| (i.key().clone(), i.clone())).collect();
            for gone in &change.removed {
                prop_assert!(all.remove(gone.key()).is_some());
            }
            for here in &change.added {
                prop_assert!(all.insert(here.key().clone(), here.clone()).is_none());
            }
            for here in &change.updated {
                prop_assert!(all.insert(here.key().clone(), here.clone()).is_some());
            }
            let want: HashMap<_, _> = new.iter().map(|i| (i.key().clone(), i.clone())).collect();
            prop_assert_eq!(all, want);
            prop_assert!(Change::between(&new, &new).is_empty());
        }
    }
}
