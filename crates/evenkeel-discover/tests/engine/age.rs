//! How old a set may be.

use super::{follow, secs, seen, set, with};
use evenkeel_discover::Source;
use evenkeel_testkit::Script;
use std::time::Duration;
use tokio::time::sleep;

fn script() -> Script {
    let now = Duration::ZERO;
    Script::new()
        .yields(now, set(3))
        .fails(secs(10), "first")
        .fails(secs(5), "second")
        .yields(secs(100), set(2))
}

/// G-70: by default an error never removes anything.
#[tokio::test(start_paused = true)]
async fn without_a_limit_the_last_good_set_serves_for_ever() {
    let follow = follow(&Source::new(script())).await;
    sleep(secs(100)).await;
    assert_eq!(seen(&follow), (1, Some(3), Some("second".to_owned())));
    let now = tokio::time::Instant::now().into_std();
    assert_eq!(follow.known().age(now).map(|age| age.as_secs()), Some(100));
}

/// F36: beyond the limit picks fail with the error that began it; a good answer clears it.
#[tokio::test(start_paused = true)]
async fn beyond_the_limit_there_is_no_set_and_the_original_error() {
    let follow = follow(&with(script(), |settings| settings.max_stale = Some(secs(30)))).await;
    sleep(secs(39)).await;
    assert_eq!(seen(&follow), (1, Some(3), Some("second".to_owned())));
    sleep(secs(2)).await;
    assert_eq!(seen(&follow), (2, None, Some("no good answer for 30s: first".to_owned())));
    sleep(secs(100)).await;
    assert_eq!(seen(&follow), (3, Some(2), None));
}

/// A good answer in time starts the clock anew.
#[tokio::test(start_paused = true)]
async fn a_good_answer_in_time_keeps_the_set() {
    let now = Duration::ZERO;
    let script = (0..5).fold(Script::new().yields(now, set(3)), |script, _| {
        script.fails(secs(1), "gone").yields(secs(20), set(3))
    });
    let follow = follow(&with(script, |settings| settings.max_stale = Some(secs(30)))).await;
    for _ in 0..200 {
        sleep(secs(1)).await;
        assert_eq!(follow.known().set.as_ref().map(|set| set.len()), Some(3));
    }
    assert_eq!(follow.known().version, 1);
}
