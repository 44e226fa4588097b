use crate::BadTarget;
use evenkeel_core::{Dropped, SharedError, Snapshot, printable};
use std::{error::Error, sync::Arc, time::Duration};

/// Why discovery has no answer. Its text is of a bounded length and has no control characters, whatever a registry said.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoverError {
    /// The target cannot be understood.
    #[error(transparent)]
    Target(#[from] BadTarget),
    /// The source could not be asked, or gave no usable answer.
    #[error("{}", shown(.0))]
    Source(#[source] SharedError),
    /// The answer had records, and none could be used.
    #[error("no record is usable: {0}")]
    Unusable(Arc<Dropped>),
    /// The last good set was served through errors for longer than it may be ([`Settings::max_stale`](crate::Settings::max_stale)), and
    /// serves no more.
    #[error("no good answer for {after:?}: {error}")]
    Expired {
        /// How long it served.
        after: Duration,
        /// The first error since the last good answer.
        #[source]
        error: Arc<Self>,
    },
}

/// The longest text of a source's error, in characters.
const LONGEST: usize = 1024;

fn shown(error: &SharedError) -> String {
    printable(&error.to_string(), LONGEST)
}

impl DiscoverError {
    /// A source's own error.
    pub fn source_failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Source(Arc::from(error.into()))
    }

    /// A set of which nothing is left is no authoritative "nothing" but an error: the last good one serves on.
    pub(crate) fn if_unusable(set: Snapshot) -> Result<Snapshot, Self> {
        match set.dropped() {
            Some(dropped) if set.is_empty() && dropped.count > dropped.failing_parts => {
                Err(Self::Unusable(dropped.clone()))
            }
            _ => Ok(set),
        }
    }

    /// Whether the last good set serves no more.
    pub fn is_expired(&self) -> bool {
        matches!(self, Self::Expired { .. })
    }
}
