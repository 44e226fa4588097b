//! What is done once above all sources, in virtual time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod addresses;
mod age;
mod faults;
mod sharing;
mod shrink;

use evenkeel_core::{Address, Instance, Snapshot};
use evenkeel_discover::{Follow, Settings, Source, Target};
use std::time::Duration;
use tokio::time::sleep;

fn target() -> Target {
    "script:///service".parse().unwrap()
}

fn set(n: usize) -> Snapshot {
    (1..=n).map(|port| Instance::from(format!("10.0.0.1:{port}").parse::<Address>().unwrap())).collect()
}

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Exact back-off, so that times can be told.
fn exact() -> Settings {
    let mut settings = Settings::default();
    settings.backoff.jitter = 0.0;
    settings
}

fn with(source: impl Into<Source>, change: impl FnOnce(&mut Settings)) -> Source {
    let mut settings = exact();
    change(&mut settings);
    source.into().with_settings(settings)
}

/// A follower whose watch is open.
async fn follow(source: &Source) -> Follow {
    let follow = source.follow(&target()).unwrap();
    follow.start();
    settle().await;
    follow
}

async fn settle() {
    sleep(Duration::from_millis(1)).await;
}

/// Version, instances, error.
fn seen(follow: &Follow) -> (u64, Option<usize>, Option<String>) {
    let known = follow.known();
    (known.version, known.set.as_ref().map(|set| set.len()), known.error.as_ref().map(ToString::to_string))
}
