use super::CliError;
use evenkeel::{DiscoverError, Snapshot, Sources, Target};
use futures_util::StreamExt;
use std::time::Duration;

/// How long the first answer of discovery may take.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
#[error("no answer within {PATIENCE:?}")]
struct NoAnswer;

/// The instances of a target, as its source knows them now.
pub(crate) async fn instances(target: &str) -> Result<Snapshot, CliError> {
    let target = Target::parse(target)?;
    let mut watch = Sources::default().find(&target)?.watch(&target);
    match tokio::time::timeout(PATIENCE, watch.next()).await {
        Ok(Some(first)) => Ok(first?),
        Ok(None) | Err(_) => Err(DiscoverError::source_failed(NoAnswer).into()),
    }
}
