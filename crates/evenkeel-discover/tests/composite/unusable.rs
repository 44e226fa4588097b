//! A part that has nothing to give: an error where all it had was left out, an answer where it has none.

use super::*;
use evenkeel_core::Dropped;
use evenkeel_discover::{first, merge, once};
use evenkeel_testkit::Script;
use std::sync::Arc;

/// All of its records are bad.
fn all_bad() -> Snapshot {
    let mut dropped = Dropped::default();
    dropped.add("key \"x\": no address");
    set(&[]).with_dropped(Some(Arc::new(dropped)))
}

const WHY: &str = "test:///a: stale for 0 s: no record is usable: 1 left out: key \"x\": no address";

#[tokio::test(start_paused = true)]
async fn a_part_of_which_nothing_is_usable_hands_over() {
    let (a, b) = (Script::new().yields(NOW, all_bad()), once([instance("b:1")]));
    let all = seen(&first([part("a", &a), part("b", &b)]), SECOND).await;
    assert_eq!(all, [at(0, &format!("b:1 | {WHY}"))]);
}

#[tokio::test(start_paused = true)]
async fn a_part_of_which_nothing_is_usable_keeps_its_last_good_set() {
    let a = Script::new().yields(NOW, set(&["a:1"])).yields(SECOND, all_bad());
    let all = seen(&merge([part("a", &a), part("b", &once([instance("b:1")]))]), 5 * SECOND).await;
    assert_eq!(all.last(), Some(&at(1, &format!("a:1,b:1 | {WHY}"))));
}

/// What the engine makes of it: an empty part is taken at its word, though another one fails.
#[tokio::test(start_paused = true)]
async fn an_empty_part_beside_one_that_fails_empties_the_set() {
    let down = || Script::new().fails(NOW, "refused");
    let a = || Script::new().yields(NOW, set(&["a:1"])).yields(SECOND, set(&[]));
    let preferred = Source::new(first([part("down", &down()), part("a", &a())]));
    let merged = Source::new(merge([part("down", &down()), part("a", &a())]));
    for source in [preferred, merged] {
        let mut follow = source.follow(&target("whole")).unwrap();
        assert_eq!(follow.first().await.unwrap().set.as_ref().map(|set| set.len()), Some(1));
        tokio::time::sleep(2 * SECOND).await;
        let known = follow.known();
        assert_eq!((known.set.as_ref().map(|set| set.len()), known.error.is_none()), (Some(0), true));
        assert_eq!(known.set.as_ref().and_then(|set| set.dropped()).map(|dropped| dropped.count), Some(1));
    }
}
