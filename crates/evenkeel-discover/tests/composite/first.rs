use super::*;
use evenkeel_discover::{Manual, first, once};
use evenkeel_testkit::Script;

#[tokio::test(start_paused = true)]
async fn while_the_first_part_answers_no_other_is_asked() {
    let a = Script::new().yields(SECOND, set(&["a:1"])).yields(SECOND, set(&[]));
    let b = Script::new().yields(NOW, set(&["b:1"]));
    let all = seen(&first([part("a", &a), part("b", &b)]), 60 * SECOND).await;
    assert_eq!(all, [at(1, "a:1"), at(2, "")]);
    assert!(b.watches().is_empty());
}

/// Fail-over, and back.
#[tokio::test(start_paused = true)]
async fn a_part_that_fails_hands_over_and_takes_over_when_it_is_back() {
    let a = Script::new()
        .yields(NOW, set(&["a:1"]))
        .fails(5 * SECOND, "refused")
        .fails(5 * SECOND, "still refused")
        .yields(10 * SECOND, set(&["a:2"]));
    let b = Script::new().yields(2 * SECOND, set(&["b:1"])).yields(15 * SECOND, set(&["b:2"]));
    let both = first([part("a", &a), part("b", &b)]);
    assert_eq!(
        seen(&both, 60 * SECOND).await,
        [
            at(0, "a:1"),
            at(7, "b:1 | test:///a: stale for 2 s: refused"),
            at(10, "b:1 | test:///a: stale for 5 s: still refused"),
            at(20, "a:2"),
        ]
    );
    assert_eq!((b.watches().len(), b.open()), (1, 0));
}

/// The first part's own set stays in force until another one answers.
#[tokio::test(start_paused = true)]
async fn while_all_fail_the_error_names_each_and_no_set_is_yielded() {
    let a = Script::new().yields(NOW, set(&["a:1"])).fails(SECOND, "refused");
    let b = Script::new().fails(2 * SECOND, "no such key").yields(9 * SECOND, set(&["b:1"]));
    assert_eq!(
        seen(&first([part("a", &a), part("b", &b)]), 60 * SECOND).await,
        [
            at(0, "a:1"),
            at(3, "error: no part answers: test:///a: refused; test:///b: no such key"),
            at(12, "b:1 | test:///a: stale for 11 s: refused"),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_part_that_hangs_for_ever_hands_over_after_ten_seconds() {
    let (silent, b) = (Script::new(), once([instance("b:1")]));
    let all = seen(&first([part("silent", &silent), part("b", &b)]), 60 * SECOND).await;
    assert_eq!(all, [at(10, "b:1 | test:///silent: stale for 0 s: no answer within 10s")]);
    assert_eq!(silent.watches().len(), 1);
}

/// An end after an answer is no failure: the set stays, and the watch is started again.
#[tokio::test(start_paused = true)]
async fn a_part_that_ends_without_a_word_hands_over() {
    let a = Script::new()
        .yields(NOW, set(&["a:1"]))
        .ends(5 * SECOND)
        .yields(NOW, set(&["a:2"]))
        .ends(NOW)
        .ends(NOW);
    let b = once([instance("b:1")]);
    let all = seen(&first([part("a", &a), part("b", &b)]), 12 * SECOND).await;
    let text = "b:1 | test:///a: stale for 0 s: the watch ended without an answer";
    assert!(
        matches!(all.as_slice(), [first, second, third] if first.1 == "a:1" && second.1 == "a:2" && third.1 == text)
    );
}

#[tokio::test(start_paused = true)]
async fn a_part_that_panics_hands_over() {
    let both = first([part("bad", &Panics), part("b", &once([instance("b:1")]))]);
    let all = seen(&both, SECOND / 2).await;
    assert_eq!(all, [at(0, "b:1 | test:///bad: stale for 0 s: the source panicked: out of luck")]);
}

/// A part that was released is asked anew, not taken at its old word.
#[tokio::test(start_paused = true)]
async fn the_worse_parts_are_watched_only_while_they_are_needed() {
    let (a, b, c) = (Manual::new(), Manual::new(), Manual::new());
    let all = first([part("a", &a), part("b", &b), part("c", &c)]);
    let mut watch = Box::pin(all.watch(&target("whole")));
    let open = || [a.watchers(), b.watchers(), c.watchers()];
    a.fail("x");
    b.fail("y");
    c.set(set(&["c:1"]));
    assert!(words(watch.next().await.unwrap()).starts_with("c:1 | test:///a: stale for 0 s: x; test:///b"));
    assert_eq!(open(), [1, 1, 1]);
    b.set(set(&["b:1"]));
    assert!(words(watch.next().await.unwrap()).starts_with("b:1 | test:///a"));
    assert_eq!(open(), [1, 1, 0]);
    a.set(set(&["a:1"]));
    assert_eq!(words(watch.next().await.unwrap()), "a:1");
    assert_eq!(open(), [1, 0, 0]);
    b.fail("y");
    c.set(set(&["c:2"]));
    a.fail("x");
    assert!(words(watch.next().await.unwrap()).starts_with("c:2 |"));
    drop(watch);
    assert_eq!(open(), [0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn the_first_of_nothing_is_a_mistake() {
    let nothing = first([]);
    assert_eq!(
        seen(&nothing, SECOND).await,
        [at(0, "error: target \"test:///whole\": want at least one part")]
    );
    assert!(nothing.known(&target("whole")).is_none());
}

#[tokio::test(start_paused = true)]
async fn it_is_known_if_the_first_part_is() {
    let (a, b) = (Script::new(), Manual::new());
    b.set(set(&["b:1"]));
    assert!(first([part("a", &a), part("b", &b)]).known(&target("whole")).is_none());
    assert_eq!(first([part("b", &b), part("a", &a)]).known(&target("whole")).unwrap().unwrap().len(), 1);
    b.fail("x");
    assert!(first([part("b", &b), part("a", &a)]).known(&target("whole")).is_none());
}
