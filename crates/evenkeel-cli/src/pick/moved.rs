use super::engine::Trace;
use evenkeel::{
    Snapshot,
    core::{Instance, Key},
};
use std::collections::HashMap;

/// What another set would change for the keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[expect(clippy::struct_field_names, reason = "the names of the contract")]
pub(super) struct Moved {
    /// How many picks were compared.
    keys: usize,
    /// How many go to another instance.
    moved: usize,
    /// How many of these moved between two instances that are in both sets with the same weight.
    collateral: usize,
}

/// Two sets.
#[derive(Debug)]
pub(super) struct Sets<'a> {
    old: &'a Snapshot,
    new: &'a Snapshot,
    weights: [HashMap<&'a Key, u32>; 2],
}

impl<'a> Sets<'a> {
    pub(super) fn new(old: &'a Snapshot, new: &'a Snapshot) -> Self {
        let weights = |set: &'a Snapshot| set.iter().map(|i| (i.key(), i.weight())).collect();
        Self { old, new, weights: [weights(old), weights(new)] }
    }

    /// Whether an instance is the same in both.
    fn keep(&self, instance: &Instance) -> bool {
        let [old, new] = &self.weights;
        old.get(instance.key()).is_some_and(|weight| new.get(instance.key()) == Some(weight))
    }

    /// Compares a pick from each. One that found nobody did not move.
    pub(super) fn compare(&self, old: &Trace, new: &Trace, moved: &mut Moved) {
        moved.keys += 1;
        let winner = |set: &'a Snapshot, trace: &Trace| trace.winner().and_then(|place| set.get(place));
        let (Some(from), Some(to)) = (winner(self.old, old), winner(self.new, new)) else { return };
        if from.key() != to.key() {
            moved.moved += 1;
            moved.collateral += usize::from(self.keep(from) && self.keep(to));
        }
    }
}

impl std::fmt::Display for Moved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { keys, moved, collateral } = self;
        write!(
            f,
            "{moved} of {keys} keys would move, {collateral} of them between instances that stay as they are"
        )
    }
}
