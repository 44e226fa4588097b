//! What may not be in a set.

use super::{follow, seen, settle, with};
use evenkeel_core::{Instance, Snapshot};
use evenkeel_discover::{Addresses, Manual, Source, Sources};
use evenkeel_testkit::Script;
use std::time::Duration;
use tokio::time::sleep;

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

/// Records that cannot be used are not the authoritative answer that there is nothing.
#[tokio::test(start_paused = true)]
async fn an_answer_of_which_nothing_is_usable_empties_nothing() {
    let now = Duration::ZERO;
    let bad: Snapshot = odd().filter(|instance| instance.name() == "0.0.0.0:80");
    let script =
        Script::new().yields(now, odd()).yields(now, bad).yields(Duration::from_secs(5), Snapshot::new([]));
    let follow = follow(&Source::new(script)).await;
    let error = "no record is usable: 1 left out: 0.0.0.0:80: unspecified".to_owned();
    assert_eq!(seen(&follow), (1, Some(2), Some(error)));
    sleep(Duration::from_secs(6)).await;
    assert_eq!(seen(&follow), (2, Some(0), None), "an empty answer counts");
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

/// F34: what was left out is shown anew, but is no change of the set.
#[tokio::test(start_paused = true)]
async fn another_record_that_is_left_out_is_no_new_version() {
    let now = Duration::ZERO;
    let less = odd().filter(|instance| instance.name() != "0.0.0.0:80");
    let script = Script::new().yields(now, odd()).yields(Duration::from_secs(1), less);
    let follow = follow(&Source::new(script)).await;
    let left_out = || follow.known().set.as_ref().and_then(|set| set.dropped()).map(|dropped| dropped.count);
    assert_eq!((seen(&follow), left_out()), ((1, Some(2), None), Some(3)));
    sleep(Duration::from_secs(2)).await;
    assert_eq!((seen(&follow), left_out()), ((1, Some(2), None), Some(2)));
}
