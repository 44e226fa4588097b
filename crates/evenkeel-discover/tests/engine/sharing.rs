//! One watch for each target, however many follow it.

use super::{exact, follow, secs, seen, set, settle, target};
use evenkeel_core::{Address, Instance, Snapshot};
use evenkeel_discover::{Discover, DiscoverError, Manual, Source, Sources, Target, poll};
use evenkeel_testkit::Script;
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::sleep;

const INFO: evenkeel_discover::SourceInfo =
    evenkeel_discover::SourceInfo { scheme: "script", form: "script:///x", text: "a script", options: &[] };

/// A 14, F28, F29, G-57: the cold stampede is one question, and all have its answer.
#[tokio::test(start_paused = true)]
async fn a_thousand_first_lookups_at_once_are_one_question() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let source = poll(secs(3600), 0.0, secs(5), move |_: Target| {
        count.fetch_add(1, Relaxed);
        async {
            sleep(Duration::from_millis(50)).await;
            Ok::<_, DiscoverError>(set(3).iter().map(|i| (**i).clone()).collect::<Vec<_>>())
        }
    });
    let sources = Sources::default().with(INFO, source).unwrap();
    let lookups = (0..1_000).map(|_| {
        let sources = sources.clone();
        tokio::spawn(async move { sources.lookup(&target()).await.unwrap().len() })
    });
    for lookup in lookups.collect::<Vec<_>>() {
        assert_eq!(lookup.await.unwrap(), 3);
    }
    assert_eq!(asked.load(Relaxed), 1);
}

/// G-61: whoever asked first may go; the others have their answer.
#[tokio::test(start_paused = true)]
async fn the_first_to_ask_may_give_up() {
    let source = Source::new(Script::new().yields(secs(1), set(2)));
    let mut first = source.follow(&target()).unwrap();
    let first = tokio::spawn(async move { first.first().await.map(|known| known.version) });
    settle().await;
    let mut second = source.follow(&target()).unwrap();
    first.abort();
    assert_eq!(second.first().await.unwrap().version, 1);
}

/// F41, G-74: nothing is opened before somebody waits, and the last one closes it.
#[tokio::test(start_paused = true)]
async fn the_watch_opens_with_the_first_who_waits_and_ends_with_the_last() {
    let manual = Manual::new();
    let source = Source::new(manual.clone());
    let (one, two) = (source.follow(&target()).unwrap(), source.follow(&target()).unwrap());
    settle().await;
    assert_eq!(manual.watchers(), 0);
    let mut waiting = two.clone();
    let waits = tokio::spawn(async move { waiting.next().await });
    settle().await;
    drop(one);
    settle().await;
    assert_eq!(manual.watchers(), 1);
    waits.abort();
    drop(two);
    settle().await;
    assert_eq!(manual.watchers(), 0);
    let again = follow(&source).await;
    assert_eq!(manual.watchers(), 1);
    drop(again);
}

/// G-64: another source, other settings or another target are another watch.
#[tokio::test(start_paused = true)]
async fn only_the_same_target_of_the_same_source_with_the_same_settings_is_shared() {
    let manual = Manual::new();
    let source = Source::new(manual.clone());
    let keep = [
        follow(&source).await,
        follow(&source.clone()).await,
        follow(&source.clone().with_settings(exact())).await,
        follow(&Source::new(manual.clone())).await,
    ];
    let other = source.follow(&"script:///other".parse().unwrap()).unwrap();
    other.start();
    settle().await;
    assert_eq!(manual.watchers(), 4);
    drop((keep, other));
}

/// A 13, F33, G-66, G-67: a reader that sleeps delays nobody, and wakes to the newest.
#[tokio::test(start_paused = true)]
async fn ten_thousand_updates_to_a_reader_that_sleeps_end_in_the_last() {
    let manual = Manual::new();
    let source = Source::new(manual.clone());
    let (mut slow, mut quick) = (follow(&source).await, follow(&source).await);
    for n in 0..10_000 {
        manual.set(set(1 + n % 7));
        tokio::task::yield_now().await;
    }
    manual.set(set(9));
    settle().await;
    for reader in [&mut slow, &mut quick] {
        let known = reader.next().await;
        assert_eq!(known.set.as_ref().map(|set| set.len()), Some(9));
        assert!(tokio::time::timeout(secs(1), reader.next()).await.is_err(), "there is nothing behind it");
    }
}

/// G-68, F40: who comes during an outage has the last good set and the error.
#[tokio::test(start_paused = true)]
async fn a_late_follower_has_the_current_state_at_once() {
    let script = Script::new().yields(Duration::ZERO, set(3)).fails(secs(1), "gone");
    let source = Source::new(script);
    let keep = follow(&source).await;
    sleep(secs(2)).await;
    let mut late = source.follow(&target()).unwrap();
    assert_eq!(seen(&late), (1, Some(3), Some("gone".to_owned())));
    assert!(late.next().await.is_stale());
    drop(keep);
}

/// F39, A 4, G-56: the version grows with each change, and only then.
#[tokio::test(start_paused = true)]
async fn the_version_grows_with_each_change_and_only_then() {
    let manual = Manual::new();
    let follow = follow(&Source::new(manual.clone())).await;
    let mut versions = Vec::new();
    let backwards: Snapshot = set(2).iter().rev().map(|i| (**i).clone()).collect();
    for next in [set(2), set(2), backwards, set(3), set(0), set(0), set(2)] {
        manual.set(next);
        settle().await;
        versions.push(follow.known().version);
    }
    assert_eq!(versions, [1, 1, 1, 2, 3, 3, 4]);
}

/// A runtime that ends takes its task along; a follower in another goes on.
#[test]
fn a_watch_outlives_the_runtime_that_opened_it() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let manual = Manual::new();
    let source = Source::new(manual.clone());
    let mut follow = source.follow(&target()).unwrap();
    let first = runtime();
    manual.set(set(1));
    assert_eq!(first.block_on(follow.next()).version, 1);
    drop(first);
    manual.set(set(2));
    let second = runtime();
    let len = |follow: &evenkeel_discover::Follow| follow.known().set.as_ref().map(|set| set.len());
    second.block_on(async {
        while len(&follow) != Some(2) {
            follow.next().await;
        }
    });
}

/// A source that counts who is asked to look again.
#[derive(Clone, Default)]
struct Counted(Arc<Mutex<Vec<Target>>>);

impl Discover for Counted {
    fn watch(&self, _: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        stream::iter([Ok(Snapshot::from_iter([Instance::from("a:1".parse::<Address>().unwrap())]))])
            .chain(stream::pending())
    }

    fn refresh(&self, target: &Target) {
        self.0.lock().unwrap().push(target.clone());
    }
}

/// Users of one target that want a fresher answer at the same time cause one question.
#[tokio::test(start_paused = true)]
async fn a_hundred_users_who_want_a_fresher_answer_cause_one_question() {
    let counted = Counted::default();
    let source = Source::new(counted.clone());
    let now = || tokio::time::Instant::now().into_std();
    let mut users: Vec<_> = (0..100)
        .map(|n| evenkeel_discover::Watching::new(source.clone(), target(), exact().backoff, n).unwrap())
        .collect();
    for user in &mut users {
        user.wake();
        user.want_refresh(now());
    }
    for user in &mut users {
        user.tick(now());
    }
    assert_eq!(counted.0.lock().unwrap().len(), 1);
    // Within 30 s none is asked for; what is wanted meanwhile is asked for then, once.
    for user in &mut users {
        user.want_refresh(now() + secs(1));
        assert_eq!(user.deadline(), Some(now() + secs(30)));
    }
    for user in &mut users {
        user.tick(now() + secs(30));
    }
    assert_eq!(counted.0.lock().unwrap().len(), 2);
}
