use super::Identity;
use crate::Snapshot;

/// The members of a set in order of their identities, so that the order of the list does not matter.
#[derive(Debug, Default)]
pub(in crate::policies) struct Roll {
    /// By member.
    pub(in crate::policies) hashes: Box<[u64]>,
    /// By member.
    pub(in crate::policies) weights: Box<[u32]>,
    /// The member that each instance of the set is.
    pub(in crate::policies) places: Box<[u32]>,
}

impl Roll {
    pub(in crate::policies) fn of(instances: &Snapshot, seed: u64) -> Self {
        let identities: Vec<Identity> = instances.iter().map(|i| Identity::of(i)).collect();
        let mut order: Vec<usize> = (0..identities.len()).collect();
        order.sort_by_key(|n| &identities[*n]);
        let mut places = vec![0; order.len()];
        for (member, place) in (0..).zip(&order) {
            places[*place] = member;
        }
        Self {
            hashes: order.iter().map(|n| identities[*n].hash(seed)).collect(),
            weights: order.iter().map(|n| instances[*n].weight()).collect(),
            places: places.into(),
        }
    }
}
