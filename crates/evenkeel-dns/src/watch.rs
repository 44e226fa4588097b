use crate::{LookupError, refresh::Refresh};
use evenkeel_core::Snapshot;
use evenkeel_discover::DiscoverError;
use futures_core::Stream;
use futures_util::stream;
use std::{future::Future, sync::Arc, time::Duration};
use tokio::{sync::Notify, time::sleep};

/// One way to read instances from DNS.
pub(crate) trait Look: Send + 'static {
    /// The whole current set.
    fn look(&mut self) -> impl Future<Output = Result<Looked, LookupError>> + Send;
}

/// A set, and how long it is good for.
pub(crate) struct Looked {
    pub(crate) set: Snapshot,
    /// The smallest TTL of what it was made of, in seconds.
    pub(crate) ttl: u32,
}

struct Round<L> {
    look: L,
    refresh: Refresh,
    refreshed: Arc<Notify>,
    /// How long to wait before the next look; nothing before the first.
    pause: Option<Duration>,
}

/// Looks at once, and again when the answer is no longer good or `refreshed` says so. An error is the last item.
pub(crate) fn watch<L: Look>(
    look: L,
    refresh: Refresh,
    refreshed: Arc<Notify>,
) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
    let round = Round { look, refresh, refreshed, pause: None };
    stream::unfold(Some(round), |round| async move {
        let mut round = round?;
        match round.next().await {
            Ok(set) => Some((Ok(set), Some(round))),
            Err(error) => Some((Err(DiscoverError::source_failed(error)), None)),
        }
    })
}

impl<L: Look> Round<L> {
    async fn next(&mut self) -> Result<Snapshot, LookupError> {
        if let Some(pause) = self.pause {
            tokio::select! {
                () = sleep(pause) => {}
                () = self.refreshed.notified() => {}
            }
        }
        let looked = self.look.look().await?;
        self.pause = Some(self.refresh.wait(looked.ttl, fastrand::f64()));
        Ok(looked.set)
    }
}
