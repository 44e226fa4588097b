use super::CliError;
use evenkeel::{DiscoverError, Snapshot, Sources, Target};
use std::time::Duration;

/// How long the first answer of discovery may take.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
#[error("no answer within {PATIENCE:?}")]
struct NoAnswer;

/// The instances of a target, as its source knows them now.
pub(crate) async fn instances(target: &str) -> Result<Snapshot, CliError> {
    let target = Target::parse(target)?;
    let mut follow = Sources::default().follow(&target)?;
    match tokio::time::timeout(PATIENCE, follow.first()).await {
        Ok(Ok(known)) => Ok(known.set.clone().unwrap_or_else(|| Snapshot::new([]))),
        Ok(Err(error)) => Err((*error).clone().into()),
        Err(_) => Err(DiscoverError::source_failed(NoAnswer).into()),
    }
}
