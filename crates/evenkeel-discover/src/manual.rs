use crate::{Discover, DiscoverError, Target};
use evenkeel_core::Snapshot;
use futures_core::Stream;
use futures_util::stream;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};
use tokio::sync::watch;

/// A source that the program feeds: it pushes whole sets, or errors. A clone feeds the same source, whatever the target.
#[derive(Debug, Clone)]
pub struct Manual {
    latest: watch::Sender<Option<Result<Snapshot, DiscoverError>>>,
    refreshes: Arc<AtomicU64>,
}

impl Default for Manual {
    fn default() -> Self {
        Self { latest: watch::Sender::new(None), refreshes: Arc::default() }
    }
}

impl Manual {
    /// A source without an answer yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Pushes a set. An empty one is an answer too: the service has no instances.
    pub fn set(&self, instances: impl Into<Snapshot>) {
        self.latest.send_replace(Some(Ok(instances.into())));
    }

    /// Pushes an error. Watchers keep their last set.
    pub fn fail(&self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) {
        self.latest.send_replace(Some(Err(DiscoverError::source_failed(error))));
    }

    /// How often a fresher answer was asked for.
    pub fn refreshes(&self) -> u64 {
        self.refreshes.load(Relaxed)
    }

    /// How many watches are open.
    pub fn watchers(&self) -> usize {
        self.latest.receiver_count()
    }
}

impl Discover for Manual {
    fn watch(&self, _: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        let mut latest = self.latest.subscribe();
        latest.mark_changed();
        stream::unfold(latest, |mut latest| async move {
            loop {
                latest.changed().await.ok()?;
                let item = latest.borrow_and_update().clone();
                if let Some(item) = item {
                    return Some((item, latest));
                }
            }
        })
    }

    fn known(&self, _: &Target) -> Option<Result<Snapshot, DiscoverError>> {
        self.latest.borrow().clone()
    }

    fn is_given(&self) -> bool {
        true
    }

    fn refresh(&self, _: &Target) {
        self.refreshes.fetch_add(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evenkeel_core::{Address, Instance};
    use futures_util::StreamExt;

    fn set(n: usize) -> Snapshot {
        (1..=n).map(|port| Instance::from(format!("h:{port}").parse::<Address>().unwrap())).collect()
    }

    #[tokio::test]
    async fn a_late_watcher_gets_the_current_set_and_a_slow_one_the_newest() {
        let manual = Manual::new();
        manual.set(set(1));
        let target = Target::parse("manual:///x").unwrap();
        let mut watch = Box::pin(manual.watch(&target));
        assert_eq!(watch.next().await.unwrap().unwrap().len(), 1);
        for n in 2..10 {
            manual.set(set(n));
        }
        assert_eq!(watch.next().await.unwrap().unwrap().len(), 9);
        manual.fail("gone");
        assert_eq!(watch.next().await.unwrap().unwrap_err().to_string(), "gone");
        drop(watch);
        assert_eq!(manual.watchers(), 0);
    }
}
