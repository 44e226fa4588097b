use super::CliError;
use evenkeel::{
    DiscoverError, Snapshot, Target,
    discover::{Follow, Known},
};
use std::{sync::Arc, time::Duration};

/// How long the first answer of discovery may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {0:?}")]
pub(crate) struct NoAnswer(pub(crate) Duration);

/// A target that is followed, and what is known of it.
pub(crate) struct Found {
    /// Keeps the watch open, so that who follows the same target does not ask again.
    _follow: Follow,
    known: Arc<Known>,
}

impl Found {
    /// Its instances.
    pub(crate) fn set(&self) -> Snapshot {
        self.known.set.clone().unwrap_or_else(|| Snapshot::new([]))
    }
}

/// Looks a target up.
pub(crate) async fn find(sources: &evenkeel::Sources, target: &str) -> Result<Found, CliError> {
    let mut follow = sources.follow(&Target::parse(target)?)?;
    match tokio::time::timeout(PATIENCE, follow.first()).await {
        Ok(Ok(known)) => Ok(Found { _follow: follow, known }),
        Ok(Err(error)) => Err((*error).clone().into()),
        Err(_) => Err(DiscoverError::source_failed(NoAnswer(PATIENCE)).into()),
    }
}
