use evenkeel_core::Snapshot;
use evenkeel_discover::{DiscoverError, Source, Target, Watch};
use evenkeel_zookeeper::Zookeeper;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// What a watch tells.
pub(crate) struct Seen(Watch);

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// The addresses and weights of a set, sorted.
pub(crate) fn entries(set: &Snapshot) -> Vec<(String, u32)> {
    let mut entries: Vec<_> = set.iter().map(|instance| (instance.name(), instance.weight())).collect();
    entries.sort();
    entries
}

impl Seen {
    pub(crate) fn of(target: &str) -> Self {
        Self(Source::new(Zookeeper).watch(&Target::parse(target).unwrap()))
    }

    /// The next item, or the end, within 20 s.
    pub(crate) async fn next(&mut self) -> Option<Result<Snapshot, DiscoverError>> {
        timeout(Duration::from_secs(20), self.0.next()).await.expect("an item")
    }

    pub(crate) async fn set(&mut self) -> Snapshot {
        self.next().await.expect("no end").expect("a set")
    }

    pub(crate) async fn error(&mut self) -> String {
        self.next().await.expect("no end").expect_err("an error").to_string()
    }

    /// Waits for a set that `is` true of.
    pub(crate) async fn until(&mut self, within: Duration, is: impl Fn(&Snapshot) -> bool) -> Snapshot {
        let end = Instant::now() + within;
        let mut last = None;
        while let Ok(item) = timeout_at(end, self.0.next()).await {
            match item.expect("no end") {
                Ok(set) if is(&set) => return set,
                item => last = Some(item.map(|set| entries(&set))),
            }
        }
        panic!("not within {within:?}; last was {last:?}")
    }

    /// Waits for exactly these entries.
    pub(crate) async fn becomes(&mut self, within: Duration, want: &[(&str, u32)]) {
        let want: Vec<_> = want.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect();
        self.until(within, |set| entries(set) == want).await;
    }
}
