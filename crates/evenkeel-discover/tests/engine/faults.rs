//! Sources that fail, hang, end and panic.

use super::{exact, follow, secs, seen, set, settle, target, with};
use evenkeel_core::Snapshot;
use evenkeel_discover::{Discover, DiscoverError, Source, Target};
use evenkeel_testkit::Script;
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::sleep;

/// A 1, A 2, A 16: watches that end are opened again after 1, 1.6, 2.56 s; errors empty nothing; a good answer clears them.
#[tokio::test(start_paused = true)]
async fn a_source_that_fails_is_asked_again_with_back_off_and_its_last_set_serves() {
    let now = Duration::ZERO;
    let failing = |script: Script| script.fails(now, "down").ends(now);
    let script = failing(failing(failing(Script::new().yields(now, set(3)).ends(secs(1)))));
    let script = script.yields(now, set(2));
    let follow = follow(&with(script.clone(), |_| ())).await;
    assert_eq!(seen(&follow), (1, Some(3), None));
    sleep(secs(2)).await;
    assert_eq!(seen(&follow), (1, Some(3), Some("down".to_owned())));
    assert!(follow.known().is_stale());
    sleep(secs(10)).await;
    assert_eq!(seen(&follow), (2, Some(2), None));
    let opened: Vec<u128> = script.watches().iter().map(|at| (at.as_millis() + 50) / 100).collect();
    assert_eq!(opened, [0, 20, 36, 62, 103]);
}

/// A source that panics where it is told to.
struct Panics {
    at: &'static str,
    opened: Arc<AtomicUsize>,
}

impl Discover for Panics {
    fn watch(&self, _: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        let at = self.at;
        let nth = self.opened.fetch_add(1, Relaxed);
        assert!(at != "watch" || nth > 0, "no watch today");
        let polled = stream::poll_fn(move |_| -> std::task::Poll<Option<Result<Snapshot, DiscoverError>>> {
            assert!(at != "poll" || nth > 0, "no poll today");
            std::task::Poll::Ready(Some(Ok(set(1))))
        });
        let first: Pin<Box<dyn Stream<Item = _> + Send>> = Box::pin(polled.take(1).chain(stream::pending()));
        first
    }

    fn known(&self, _: &Target) -> Option<Result<Snapshot, DiscoverError>> {
        assert!(self.at != "known", "not known today");
        None
    }

    fn refresh(&self, _: &Target) {
        assert!(self.at != "refresh", "no refresh today");
    }
}

/// A panicking source is an error of that source, and is asked again.
#[tokio::test(start_paused = true)]
async fn a_source_that_panics_is_an_error_of_that_source() {
    for at in ["watch", "poll"] {
        let follow = follow(&with(Panics { at, opened: Arc::default() }, |_| ())).await;
        assert_eq!(seen(&follow), (0, None, Some(format!("the source panicked: no {at} today"))));
        sleep(secs(2)).await;
        assert_eq!(seen(&follow), (1, Some(1), None), "{at}");
    }
    for at in ["known", "refresh"] {
        let source = with(Panics { at, opened: Arc::default() }, |settings| {
            settings.shrink_guard = Some(evenkeel_discover::ShrinkGuard::default());
        });
        let mut user =
            evenkeel_discover::Watching::new(source.clone(), target(), exact().backoff, 1).unwrap();
        let now = tokio::time::Instant::now().into_std();
        user.wake();
        user.want_refresh(now);
        user.tick(now);
        assert_eq!(user.next().await.version, 1, "{at}");
        source.refresh(&target());
    }
}

/// G-62: a source that hangs delays no other.
#[tokio::test(start_paused = true)]
async fn a_source_that_hangs_delays_no_other() {
    let hangs = Source::new(Script::new());
    let (hung, other) =
        (follow(&hangs).await, follow(&Source::new(Script::new().yields(secs(1), set(1)))).await);
    sleep(secs(1)).await;
    assert_eq!((hung.known().version, other.known().version), (0, 1));
}

/// G 107: whatever a registry says, an error is short and has no control characters.
#[tokio::test(start_paused = true)]
async fn the_text_of_an_error_is_bounded_and_escaped() {
    let long = format!("\u{1b}[2J{}", "x".repeat(1 << 20));
    let follow = follow(&Source::new(Script::new().fails(Duration::ZERO, &long))).await;
    settle().await;
    let (_, _, error) = seen(&follow);
    let error = error.unwrap();
    assert!(
        error.len() < 2_000 && error.starts_with("\\u{1b}[2Jxxx") && !error.chars().any(char::is_control)
    );
}
