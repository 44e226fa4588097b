//! What may not be in a set.

use super::{follow, settle, with};
use evenkeel_core::{Instance, Snapshot};
use evenkeel_discover::{Addresses, Manual, Source, Sources};
use evenkeel_testkit::Script;
use std::time::Duration;

fn odd() -> Snapshot {
    let list = ["169.254.169.254:80", "0.0.0.0:80", "239.1.1.1:80", "127.0.0.1:80", "10.0.0.1:80"];
    list.iter().map(|at| Instance::new([at.parse().unwrap()])).collect()
}

async fn names(source: Source) -> (Vec<String>, usize) {
    let follow = follow(&source).await;
    settle().await;
    let known = follow.known();
    let set = known.set.as_ref().unwrap();
    (set.iter().map(|i| i.name()).collect(), set.dropped().map_or(0, |dropped| dropped.count))
}

/// G 104 of the scenarios: dropped and counted; with `addresses: strict` loopback too.
#[tokio::test(start_paused = true)]
async fn addresses_that_no_service_can_have_are_left_out_and_counted() {
    let script = || Script::new().yields(Duration::ZERO, odd());
    assert_eq!(names(Source::new(script())).await, (vec!["127.0.0.1:80".into(), "10.0.0.1:80".into()], 3));
    let strict = with(script(), |settings| settings.addresses = Addresses::Strict);
    assert_eq!(names(strict).await, (vec!["10.0.0.1:80".into()], 4));
}

/// G 104 of the scenarios: what the program wrote itself is taken as given.
#[tokio::test(start_paused = true)]
async fn static_targets_are_taken_as_given() {
    let target = "static:///169.254.169.254:80,0.0.0.0:80".parse().unwrap();
    assert_eq!(Sources::default().lookup(&target).await.unwrap().len(), 2);
    let manual = Manual::new();
    manual.set(odd());
    assert_eq!(names(Source::new(manual)).await.0.len(), 5);
}
