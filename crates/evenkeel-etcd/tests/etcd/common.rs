//! A watch as the tests look at it.

use evenkeel_core::Snapshot;
use evenkeel_discover::{Discover, DiscoverError, Source, Target, Watch};
use evenkeel_etcd::Etcd;
use futures_util::StreamExt;
use std::{process::Command, time::Duration};
use tokio::time::timeout;

/// How long after a change it is seen.
pub(crate) const SOON: Duration = Duration::from_secs(1);
/// How long anything at all may take.
pub(crate) const LATE: Duration = Duration::from_secs(30);

pub(crate) fn target(text: &str) -> Target {
    Target::parse(text).unwrap()
}

pub(crate) fn open(text: &str) -> Watch {
    let (source, target) = (Etcd::new(), target(text));
    source.check(&target).unwrap();
    Source::new(source).watch(&target)
}

/// The next set.
pub(crate) async fn next(watch: &mut Watch) -> Snapshot {
    timeout(LATE, watch.next()).await.expect("a set in time").expect("a set").unwrap()
}

/// The error, after which the stream has ended.
pub(crate) async fn failure(watch: &mut Watch, within: Duration) -> DiscoverError {
    let error = async {
        loop {
            if let Err(error) = watch.next().await.expect("an error before the end") {
                break error;
            }
        }
    };
    let error = timeout(within, error).await.expect("an error in time");
    assert!(watch.next().await.is_none(), "a source ends after an error");
    error
}

/// The first addresses and weights, sorted.
pub(crate) fn seen(set: &Snapshot) -> Vec<(String, u32)> {
    let mut all: Vec<_> = set.iter().map(|i| (i.name(), i.weight())).collect();
    all.sort();
    all
}

/// Waits for this set.
pub(crate) async fn becomes(watch: &mut Watch, within: Duration, want: &[(&str, u32)]) -> Snapshot {
    let want: Vec<_> = want.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect();
    let mut last = Vec::new();
    let found = timeout(within, async {
        loop {
            let set = watch.next().await.expect("a set").unwrap();
            last = seen(&set);
            if last == want {
                return set;
            }
        }
    });
    let found = found.await;
    found.unwrap_or_else(|_| panic!("want {want:?} within {within:?}, the last set was {last:?}"))
}

/// Asserts that nothing is told for a while.
pub(crate) async fn stays(watch: &mut Watch, how_long: Duration) {
    if let Ok(item) = timeout(how_long, watch.next()).await {
        panic!("nothing has changed, but: {item:?}");
    }
}

/// Sends a signal to a process.
pub(crate) fn signal(id: u32, name: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), &id.to_string()]).status().unwrap().success());
}
