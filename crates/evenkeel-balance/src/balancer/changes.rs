use super::{balancer::Inner, front::Front};
use evenkeel_core::{Change, SharedError, Snapshot};
use std::sync::{Arc, Weak};
use tokio::sync::watch;

/// The changes of one target's set. Who is slow misses steps in between, never the newest; nobody waits for anybody.
#[derive(Debug)]
pub struct Changes {
    source: Source,
    seen: Option<(Snapshot, Option<SharedError>)>,
}

#[derive(Debug)]
enum Source {
    Discovered(Arc<Front>, Weak<Inner>, watch::Receiver<u64>),
    /// Nothing changes until the balancer is gone.
    Proxied(watch::Receiver<()>),
}

/// One change.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Update {
    /// The version of the set; it only grows.
    pub version: u64,
    /// What differs from the last update that this subscriber saw, and the whole set.
    pub change: Change,
    /// Why discovery's newest look failed, if it did: the set is then the last good one.
    pub error: Option<SharedError>,
}

impl Changes {
    pub(super) fn of_proxied(gone: &watch::Sender<()>) -> Self {
        Self { source: Source::Proxied(gone.subscribe()), seen: None }
    }

    pub(super) fn of(front: Arc<Front>, balancer: &Arc<Inner>) -> Self {
        let version = front.version.subscribe();
        Self { source: Source::Discovered(front, Arc::downgrade(balancer), version), seen: None }
    }

    /// The next change: at once the current set, then whatever differs from what was seen last, be it the set or discovery's
    /// error. Nothing once the balancer is gone. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Update> {
        let (front, balancer, version) = match &mut self.source {
            Source::Discovered(front, balancer, version) => (front, balancer, version),
            Source::Proxied(gone) => {
                while gone.changed().await.is_ok() {}
                return None;
            }
        };
        loop {
            version.borrow_and_update();
            let latest = front.latest();
            if let Some(set) = &latest.instances
                && let Some(update) = update(self.seen.as_ref(), set, latest.error.as_ref(), latest.version)
            {
                self.seen = Some((set.clone(), latest.error.clone()));
                return Some(update);
            }
            // This end holds the sender too, so the balancer's end is seen here.
            balancer.upgrade()?;
            version.changed().await.ok()?;
        }
    }
}

/// The step from what was seen to what is, if there is one.
fn update(
    seen: Option<&(Snapshot, Option<SharedError>)>,
    set: &Snapshot,
    error: Option<&SharedError>,
    version: u64,
) -> Option<Update> {
    let (old, old_error) = seen.map_or((None, None), |(set, error)| (Some(set), error.as_ref()));
    let same_error = match (old_error, error) {
        (Some(old), Some(new)) => Arc::ptr_eq(old, new),
        (old, new) => old.is_none() && new.is_none(),
    };
    let change = Change::between(old.map_or(&[][..], |set| set), set);
    let is_news = old.is_none() || !change.is_empty() || !same_error;
    is_news.then(|| Update { version, change, error: error.cloned() })
}
