use super::*;
use evenkeel_discover::{Manual, merge, once};
use evenkeel_testkit::Script;

/// A 23: the union of the last good sets; how long one is down and why can be seen.
#[tokio::test(start_paused = true)]
async fn a_part_that_is_down_keeps_its_last_good_set() {
    let a = Script::new()
        .yields(NOW, set(&["a:1", "a:2"]))
        .fails(5 * SECOND, "refused")
        .fails(7 * SECOND, "reset");
    let b = Script::new()
        .yields(SECOND, set(&["b:1"]))
        .yields(9 * SECOND, set(&["b:2"]))
        .yields(9 * SECOND, set(&["b:3"]));
    let both = merge([part("a", &a), part("b", &b)]);
    assert_eq!(
        seen(&both, 60 * SECOND).await,
        [
            at(0, "a:1,a:2"),
            at(1, "a:1,a:2,b:1"),
            at(5, "a:1,a:2,b:1 | test:///a: stale for 0 s: refused"),
            at(10, "a:1,a:2,b:2 | test:///a: stale for 5 s: refused"),
            at(12, "a:1,a:2,b:2 | test:///a: stale for 7 s: reset"),
            at(19, "a:1,a:2,b:3 | test:///a: stale for 14 s: reset"),
        ]
    );
}

/// A 23.
#[tokio::test(start_paused = true)]
async fn a_part_that_comes_back_counts_anew() {
    let a = Script::new().yields(NOW, set(&["a:1"])).fails(SECOND, "refused").yields(SECOND, set(&["a:2"]));
    let both = merge([part("a", &a), part("b", &once([instance("b:1")]))]);
    let all = seen(&both, 60 * SECOND).await;
    assert_eq!(all.last(), Some(&at(2, "a:2,b:1")), "{all:?}");
}

/// An error is never an empty set; an empty set is an answer.
#[tokio::test(start_paused = true)]
async fn an_empty_part_is_taken_at_its_word() {
    let a = Script::new().yields(NOW, set(&["a:1"])).yields(SECOND, set(&[])).fails(SECOND, "refused");
    let b = Script::new().yields(NOW, set(&["b:1"])).yields(3 * SECOND, set(&[]));
    let all = seen(&merge([part("a", &a), part("b", &b)]), 60 * SECOND).await;
    assert_eq!(
        all[2..],
        [at(1, "b:1"), at(2, "b:1 | test:///a: stale for 0 s: refused"), {
            at(3, " | test:///a: stale for 1 s: refused")
        }]
    );
}

#[tokio::test(start_paused = true)]
async fn while_all_fail_the_error_names_each_and_no_set_is_yielded() {
    let a = Script::new().fails(SECOND, "refused").yields(9 * SECOND, set(&["a:1"])).fails(SECOND, "reset");
    let b = Script::new().fails(2 * SECOND, "no such key");
    assert_eq!(
        seen(&merge([part("a", &a), part("b", &b)]), 60 * SECOND).await,
        [
            at(2, "error: no part answers: test:///a: refused; test:///b: no such key"),
            at(10, "a:1 | test:///b: stale for 8 s: no such key"),
            at(11, "error: no part answers: test:///a: reset; test:///b: no such key"),
        ]
    );
}

/// The other's set is there at once, and where it fails that is told as soon as the silent one's time is up.
#[tokio::test(start_paused = true)]
async fn a_part_that_hangs_for_ever_delays_no_other() {
    let silent = Script::new();
    let a = Script::new().yields(NOW, set(&["a:1"])).yields(20 * SECOND, set(&["a:2"]));
    assert_eq!(
        seen(&merge([part("silent", &silent), part("a", &a)]), 60 * SECOND).await,
        [
            at(0, "a:1"),
            at(10, "a:1 | test:///silent: stale for 0 s: no answer within 10s"),
            at(20, "a:2 | test:///silent: stale for 10 s: no answer within 10s")
        ]
    );
    let b = Script::new().fails(NOW, "refused");
    assert_eq!(
        seen(&merge([part("silent", &silent), part("b", &b)]), 60 * SECOND).await,
        [at(10, "error: no part answers: test:///silent: no answer within 10s; test:///b: refused")]
    );
}

/// Series of 1 s, 1.6 times longer each time, 20 % off at most.
#[tokio::test(start_paused = true)]
async fn a_part_that_ends_is_started_again_with_back_off() {
    let ends = (0..6).fold(Script::new(), |script, _| script.fails(NOW, "refused").ends(NOW));
    let both = merge([part("a", &ends), part("b", &once([instance("b:1")]))]);
    let all = seen(&both, 60 * SECOND).await;
    assert!(all.last().unwrap().1.contains("stale for"), "{all:?}");
    let begun = ends.watches();
    let begun: Vec<_> = begun.iter().map(Duration::as_secs_f64).collect();
    let waits: Vec<_> = begun.windows(2).map(|two| two[1] - two[0]).collect();
    assert_eq!(waits.len(), 6);
    for (wait, want) in waits.iter().zip([1.0, 1.6, 2.56, 4.096, 6.554, 10.486]) {
        assert!((want * 0.79..want * 1.21).contains(wait), "{waits:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_back_off_begins_anew_after_a_set() {
    let a = Script::new().ends(NOW).ends(NOW).ends(NOW).yields(NOW, set(&["a:1"])).ends(20 * SECOND);
    let both = merge([part("a", &a), part("b", &once([instance("b:1")]))]);
    seen(&both, 60 * SECOND).await;
    let begun: Vec<_> = a.watches().iter().map(Duration::as_secs_f64).collect();
    let last = begun[4] - begun[3] - 20.0;
    assert!((0.8..1.21).contains(&last), "{begun:?}");
}

#[tokio::test(start_paused = true)]
async fn a_part_that_panics_is_a_part_that_fails() {
    let both = merge([part("bad", &Panics), part("b", &once([instance("b:1")]))]);
    let all = seen(&both, 10 * SECOND).await;
    assert!(all.len() > 3, "{all:?}");
    assert!(all[1..].iter().all(|(_, text)| text.starts_with("b:1 | test:///bad: stale for")), "{all:?}");
    assert!(all[1].1.ends_with("the source panicked: out of luck"), "{all:?}");
}

/// A part that always has something to say is polled in turn with the others.
#[tokio::test(start_paused = true)]
async fn a_part_that_never_stops_silences_no_other() {
    #[derive(Clone)]
    struct Floods;
    impl Discover for Floods {
        fn watch(&self, _: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
            futures_util::stream::repeat_with(|| Ok(set(&["flood:1"])))
        }
    }
    let both = merge([part("flood", &Floods), part("b", &once([instance("b:1")]))]);
    let mut watch = Box::pin(both.watch(&target("whole")));
    let mut all = Vec::new();
    for _ in 0..4 {
        all.push(words(watch.next().await.unwrap()));
    }
    assert!(all.contains(&"flood:1,b:1".to_owned()), "{all:?}");
}

#[tokio::test(start_paused = true)]
async fn of_one_identity_the_later_part_counts_and_the_first_service_config() {
    let config = |set: Snapshot, json: &str| set.with_service_config(json);
    let light: Snapshot = [instance("a:1").with_weight(1)].into_iter().collect();
    let heavy: Snapshot = [instance("a:1").with_weight(9)].into_iter().collect();
    let (a, b, c) = (Manual::new(), Manual::new(), Manual::new());
    a.set(light);
    b.set(config(set(&["b:1"]), "{\"b\":1}"));
    c.set(config(heavy, "{\"c\":1}"));
    let all = merge([part("a", &a), part("b", &b), part("c", &c)]);
    let mut watch = Box::pin(all.watch(&target("whole")));
    let last = (watch.next().await, watch.next().await, watch.next().await).2.unwrap().unwrap();
    assert_eq!((last.len(), last[0].weight(), last.service_config().unwrap().as_ref()), (2, 9, "{\"b\":1}"));
    assert_eq!(all.known(&target("whole")).unwrap().unwrap(), last);
}

#[tokio::test(start_paused = true)]
async fn what_the_parts_left_out_is_told_together() {
    let dropped = |n| {
        let mut dropped = evenkeel_core::Dropped::default();
        dropped.add_many(n, format!("{n} bad records"));
        Some(std::sync::Arc::new(dropped))
    };
    let (a, b) = (Manual::new(), Manual::new());
    a.set(set(&["a:1"]).with_dropped(dropped(2)));
    b.set(set(&["b:1"]).with_dropped(dropped(3)));
    let both = merge([part("a", &a), part("b", &b)]);
    let known = both.known(&target("whole")).unwrap().unwrap();
    assert_eq!(known.dropped().unwrap().to_string(), "5 left out: 2 bad records; 3 bad records");
    let mut watch = Box::pin(both.watch(&target("whole")));
    watch.next().await;
    watch.next().await;
    b.fail("down");
    let text = words(watch.next().await.unwrap());
    assert_eq!(text, "a:1,b:1 | test:///b: stale for 0 s: down; 2 bad records; 3 bad records");
}

/// Nothing is opened before the first poll, and nothing is left after the drop.
#[tokio::test(start_paused = true)]
async fn a_dropped_watch_ends_those_of_all_parts() {
    let (a, b) = (Script::new(), Script::new().fails(NOW, "x").ends(NOW).yields(NOW, set(&["b:1"])));
    let both = merge([part("a", &a), part("b", &b)]);
    let mut watch = Box::pin(both.watch(&target("whole")));
    assert!(a.watches().is_empty() && b.watches().is_empty());
    assert_eq!(words(watch.next().await.unwrap()), "b:1");
    assert_eq!((a.open(), b.open()), (1, 1));
    drop(watch);
    tokio::time::sleep(60 * SECOND).await;
    assert_eq!((a.open(), b.open(), b.watches().len()), (0, 0, 2));
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_reaches_all_parts() {
    let (a, b) = (Script::new(), Manual::new());
    merge([part("a", &a), part("b", &b)]).refresh(&target("whole"));
    assert_eq!((a.refreshes().len(), b.refreshes()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_merge_of_nothing_is_a_mistake_and_no_empty_set() {
    let nothing = merge([]);
    assert_eq!(
        seen(&nothing, SECOND).await,
        [at(0, "error: target \"test:///whole\": want at least one part")]
    );
    assert!(nothing.known(&target("whole")).is_none() && nothing.check(&target("whole")).is_err());
}
