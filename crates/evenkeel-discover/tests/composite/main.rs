//! Sources made of others, in paused time: merged, the first that answers, and as targets.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

mod first;
mod merge;
mod model;
mod targets;
mod unusable;

use evenkeel_core::{Address, Instance, Snapshot};
use evenkeel_discover::{Discover, DiscoverError, Source, Target};
use futures_core::Stream;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

const SECOND: Duration = Duration::from_secs(1);
const NOW: Duration = Duration::ZERO;

fn target(name: &str) -> Target {
    Target::parse(&format!("test:///{name}")).unwrap()
}

fn part(name: &str, source: &(impl Discover + Clone)) -> (Source, Target) {
    (Source::new(source.clone()), target(name))
}

fn instance(address: &str) -> Instance {
    Instance::from(address.parse::<Address>().unwrap())
}

fn set(addresses: &[&str]) -> Snapshot {
    addresses.iter().map(|address| instance(address)).collect()
}

/// An answer in words: the instances, and behind a bar what is said of those that fail.
fn words(answer: Result<Snapshot, DiscoverError>) -> String {
    match answer {
        Ok(set) => {
            let names: Vec<_> = set.iter().map(|i| i.name()).collect();
            let reasons = set.dropped().map(|dropped| format!(" | {}", dropped.reasons.join("; ")));
            names.join(",") + &reasons.unwrap_or_default()
        }
        Err(error) => format!("error: {error}"),
    }
}

/// What a watch yields within a time, each with its second.
async fn seen(source: &impl Discover, within: Duration) -> Vec<(u64, String)> {
    let began = Instant::now();
    let mut watch = Box::pin(source.watch(&target("whole")));
    let mut all = Vec::new();
    while let Ok(Some(answer)) = timeout_at(began + within, watch.next()).await {
        all.push((began.elapsed().as_secs(), words(answer)));
    }
    all
}

fn at(second: u64, text: &str) -> (u64, String) {
    (second, text.to_owned())
}

/// A source that panics each time it is polled.
#[derive(Clone)]
struct Panics;

impl Discover for Panics {
    fn watch(&self, _: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        futures_util::stream::poll_fn(|_| panic!("out of luck"))
    }
}
