//! The source against an API server.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod changes;
mod credentials;
mod kubectl;
mod outages;
mod pieces;
mod versions;

use evenkeel_core::Snapshot;
use evenkeel_discover::{Discover, DiscoverError, Watch};
use evenkeel_kubernetes::Kubernetes;
use evenkeel_servers::KubernetesFake;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How soon a change must be seen.
const SOON: Duration = Duration::from_secs(1);

/// A watch and what it said last.
struct Watched {
    watch: Watch,
    seen: Option<Vec<(String, u32)>>,
}

/// Addresses and weights, sorted.
fn view(set: &Snapshot) -> Vec<(String, u32)> {
    let mut all: Vec<_> = set.iter().map(|instance| (instance.name(), instance.weight())).collect();
    all.sort();
    all
}

fn want(list: &[(&str, u32)]) -> Vec<(String, u32)> {
    list.iter().map(|(address, weight)| ((*address).to_owned(), *weight)).collect()
}

impl Watched {
    fn of(source: &Kubernetes, target: &str) -> Self {
        Self { watch: Box::pin(source.watch(&target.parse().unwrap())), seen: None }
    }

    fn at(fake: &KubernetesFake) -> Self {
        Self::of(&Kubernetes::default(), &evenkeel_servers::Registry::target(fake))
    }

    /// Waits until the set is this one.
    async fn becomes(&mut self, list: &[(&str, u32)], within: Duration) {
        let (want, end) = (want(list), Instant::now() + within);
        while self.seen.as_ref() != Some(&want) {
            let Ok(said) = timeout_at(end, self.watch.next()).await else {
                panic!("after {within:?}: {:?}, want {want:?}", self.seen);
            };
            self.seen = Some(view(&said.expect("the watch goes on").unwrap()));
        }
    }

    /// Waits for an error, and for the end that follows.
    async fn fails(&mut self) -> DiscoverError {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            match timeout_at(end, self.watch.next()).await.expect("in time") {
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    assert!(self.watch.next().await.is_none(), "an error ends a watch");
                    return error;
                }
                None => panic!("the watch ended without an error"),
            }
        }
    }

    /// Nothing is said for a while.
    async fn rests(&mut self) {
        let end = Instant::now() + Duration::from_millis(400);
        if let Ok(said) = timeout_at(end, self.watch.next()).await {
            panic!("{said:?}");
        }
    }
}
