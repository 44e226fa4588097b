//! Sets that shrink suddenly.

use super::{follow, secs, seen, set, settle, with};
use evenkeel_discover::{Manual, ShrinkGuard, Source};
use tokio::time::sleep;

async fn guarded() -> (Manual, evenkeel_discover::Follow) {
    let manual = Manual::new();
    manual.set(set(10));
    let source = with(manual.clone(), |settings| settings.shrink_guard = Some(ShrinkGuard::default()));
    (manual, follow(&source).await)
}

/// A 11, F35: the old set serves until 30 s are over; the source is asked to look again at once.
#[tokio::test(start_paused = true)]
async fn a_sudden_shrink_is_held_back_for_30_s() {
    let (manual, follow) = guarded().await;
    manual.set(set(2));
    settle().await;
    assert_eq!((seen(&follow), follow.known().held), ((1, Some(10), None), Some(2)));
    assert_eq!(manual.refreshes(), 1);
    sleep(secs(29)).await;
    assert_eq!(follow.known().version, 1);
    sleep(secs(2)).await;
    assert_eq!((seen(&follow), follow.known().held), ((2, Some(2), None), None));
}

/// A 11: or until it is seen twice.
#[tokio::test(start_paused = true)]
async fn a_sudden_shrink_that_is_seen_twice_counts() {
    let (manual, follow) = guarded().await;
    for (n, version) in [(0, 1), (0, 2)] {
        manual.set(set(n));
        settle().await;
        assert_eq!(follow.known().version, version);
    }
    assert_eq!(seen(&follow), (2, Some(0), None));
}

/// A registry's hiccup leaves no trace.
#[tokio::test(start_paused = true)]
async fn a_set_that_comes_back_in_time_was_never_gone() {
    let (manual, follow) = guarded().await;
    manual.set(set(0));
    settle().await;
    manual.set(set(10));
    sleep(secs(60)).await;
    assert_eq!((seen(&follow), follow.known().held), ((1, Some(10), None), None));
}

/// F35: without the guard, the default, an authoritative answer counts at once.
#[tokio::test(start_paused = true)]
async fn by_default_every_answer_counts_at_once() {
    let manual = Manual::new();
    manual.set(set(10));
    let follow = follow(&Source::new(manual.clone())).await;
    manual.set(set(0));
    settle().await;
    assert_eq!(seen(&follow), (2, Some(0), None));
}
