use crate::DiscoverError;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long the last good set has been served through errors, and whether that is too long.
#[derive(Debug, Default)]
pub(super) struct Expiry {
    /// The first error since the last good answer, and when it came.
    first: Option<(Instant, Arc<DiscoverError>)>,
}

impl Expiry {
    /// A good answer came.
    pub(super) fn clear(&mut self) {
        self.first = None;
    }

    /// Discovery failed.
    pub(super) fn failed(&mut self, error: &Arc<DiscoverError>, now: Instant) {
        self.first.get_or_insert_with(|| (now, error.clone()));
    }

    /// When the set is too old.
    pub(super) fn due(&self, limit: Option<Duration>) -> Option<Instant> {
        Some(self.first.as_ref()?.0 + limit?)
    }

    /// What users are told when it is: the error that began it.
    pub(super) fn error(&self, limit: Option<Duration>) -> Option<DiscoverError> {
        let (_, first) = self.first.as_ref()?;
        Some(DiscoverError::Expired { after: limit?, error: first.clone() })
    }
}
