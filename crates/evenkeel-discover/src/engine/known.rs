use crate::DiscoverError;
use evenkeel_core::Snapshot;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// All that is known of a target now. Always the whole truth: who misses one and sees the next is right.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Known {
    /// Grows with each change of the set; 0 before the first.
    pub version: u64,
    /// The set in force, drained instances included; nothing before the first, and once it was too old.
    pub set: Option<Snapshot>,
    /// When a source last answered well.
    pub answered: Option<Instant>,
    /// Why the newest look failed; the set is then the last good one, and stale.
    pub error: Option<Arc<DiscoverError>>,
    /// How many instances the newest answer has, where it shrank so much that it is held back.
    pub held: Option<usize>,
    /// Counts answers and errors.
    pub(crate) serial: u64,
}

impl Known {
    /// Whether the set is the last good one rather than the newest.
    pub fn is_stale(&self) -> bool {
        self.error.is_some() && self.set.is_some()
    }

    /// How long ago a source last answered well. Of a source that is told of changes this is the time since the last one.
    pub fn age(&self, now: Instant) -> Option<Duration> {
        self.answered.map(|at| now.saturating_duration_since(at))
    }
}
