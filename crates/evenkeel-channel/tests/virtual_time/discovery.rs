//! What a source does to a channel; the source follows a script.

use crate::harness::{Call, Lab, assert_unavailable, exact, instance, ms, secs, set, settle};
use evenkeel_channel::Channel;
use evenkeel_core::{
    Connectivity::{Ready, TransientFailure},
    Snapshot,
};
use evenkeel_discover::{Manual, Settings, Source};
use evenkeel_testkit::{Network, Script};
use std::time::Duration;
use tokio::time::sleep;

fn over(script: &Script, network: &Network) -> crate::harness::Chan {
    let mut settings = Settings::default();
    settings.backoff = exact().backoff;
    let source = Source::new(script.clone()).with_settings(settings);
    let builder = Channel::builder("script:///service").discover(source).timing(exact());
    let channel = builder.build_over(network.clone()).unwrap();
    channel.wake();
    channel
}

/// A 1, A 2: an error without a set fails calls with its text; over a set it changes nothing.
#[tokio::test(start_paused = true)]
async fn an_error_never_empties_a_set() {
    let script =
        Script::new().fails(ms(100), "no answer").yields(secs(5), set(&["a:1"])).fails(secs(5), "gone");
    let network = Network::of(["a:1"]);
    let channel = over(&script, &network);
    let early = Call::default().spawn(&channel);
    sleep(ms(90)).await;
    assert!(!early.is_finished(), "before the first answer calls wait");
    sleep(secs(1)).await;
    assert_unavailable(early.await.unwrap(), "discovery: no answer");
    assert_eq!(channel.state(), TransientFailure);
    assert_eq!(Call::waiting().send(&channel).await, Ok("a:1".to_owned()));
    let publications = channel.stats().publications;
    sleep(secs(10)).await;
    assert_eq!((channel.state(), network.live(), network.dials().len()), (Ready, 1, 1));
    assert!(channel.stats().publications <= publications + 1);
    assert_eq!(script.watches().len(), 1, "no busy loop");
}

/// A 16: a stream that ends is watched again with back-off, and the last set stays in force.
#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_is_watched_again_with_back_off() {
    let now = Duration::ZERO;
    let script = Script::new().yields(now, set(&["a:1"])).ends(secs(1)).ends(now).ends(now).ends(now);
    let script = script.yields(now, set(&["b:1"])).ends(now);
    let network = Network::of(["a:1", "b:1"]);
    let channel = over(&script, &network);
    sleep(secs(10)).await;
    assert_eq!((channel.state(), network.peer("a:1").live(), script.open()), (Ready, 1, 0));
    sleep(secs(3)).await;
    let seconds: Vec<_> =
        script.watches().iter().map(|at| (at.as_secs_f64() * 10.0).round() / 10.0).collect();
    // Ends at 1, 2, 3.6, 6.2 and 10.3 s; waits of 1, 1.6, 2.6 and 4.1 s, and of 1 s again after a good set.
    assert_eq!(seconds, [0.0, 2.0, 3.6, 6.2, 10.3, 11.3]);
    assert_eq!((network.peer("a:1").live(), network.peer("b:1").live()), (0, 1));
}

/// A 4, A 5: the same set again, in any order, is no news.
#[tokio::test(start_paused = true)]
async fn the_same_set_a_thousand_times_publishes_nothing() {
    let lab = Lab::new("round_robin", &["a:1", "b:1"]).awake().await;
    let publications = lab.channel.stats().publications;
    for _ in 0..1_000 {
        lab.source.set(set(&["a:1", "b:1"]));
        sleep(ms(1)).await;
    }
    assert_eq!((lab.channel.stats().publications, lab.network.dials().len()), (publications, 2));
    lab.source.set(Snapshot::from_iter([instance("b:1"), instance("a:1")]));
    settle().await;
    assert_eq!((lab.network.dials().len(), lab.network.live()), (2, 2));
}

/// Refreshes are asked for at most each 30 s, and none is forgotten.
#[tokio::test(start_paused = true)]
async fn a_fresher_answer_is_asked_for_at_most_each_thirty_seconds() {
    let script = Script::new().yields(Duration::ZERO, set(&["a:1"]));
    let network = Network::of(["a:1"]);
    let channel = over(&script, &network);
    settle().await;
    for _ in 0..10 {
        network.peer("a:1").kill();
        sleep(secs(2)).await;
    }
    assert_eq!((channel.state(), script.refreshes().len()), (Ready, 1));
    sleep(secs(60)).await;
    let at = script.refreshes();
    assert_eq!((at.len(), at[1].as_secs() - at[0].as_secs()), (2, 30));
}

/// G 110: a password in the target is not shown by what is made of it.
#[tokio::test(start_paused = true)]
async fn credentials_of_the_target_are_not_shown() {
    let builder = Channel::builder("etcd://me:s3cret@h/svc?token=s3cret");
    let shown = format!("{builder:?} {:?}", builder.clone().build().map(drop));
    assert!(shown.contains("etcd://***@h/svc?token=***") && !shown.contains("s3cret"), "{shown}");
}

/// G-71: {a,b}, {a}, {a}, {}: only what is gone is released, after its calls; the same set again dials nobody.
#[tokio::test(start_paused = true)]
async fn only_what_is_gone_is_released() {
    let lab = Lab::new("round_robin", &["a:1", "b:1"]).awake().await;
    let live = || (lab.network.peer("a:1").live(), lab.network.peer("b:1").live(), lab.network.dials().len());
    assert_eq!(live(), (1, 1, 2));
    for (next, want) in [(&["a:1"][..], (1, 0, 2)), (&["a:1"], (1, 0, 2)), (&[], (0, 0, 2))] {
        lab.source.set(set(next));
        settle().await;
        assert_eq!(live(), want, "{next:?}");
    }
}

/// G-72: who cannot be connected is left out and tried again with back-off, without a new set; where nobody can, that is no error of
/// discovery.
#[tokio::test(start_paused = true)]
async fn who_cannot_be_connected_is_tried_again_without_a_new_set() {
    let source = Manual::new();
    source.set(set(&["foo:1234", "bar:5678"]));
    let network = Network::of(["foo:1234", "bar:5678"]);
    let (foo, bar) = (network.peer("foo:1234"), network.peer("bar:5678"));
    foo.refuses(Duration::ZERO);
    let lab = Lab::over(network, source, |builder| builder.policy("round_robin")).awake().await;
    assert_eq!(lab.calls(4).await, ["bar:5678"; 4]);
    bar.refuses(Duration::ZERO);
    bar.kill();
    settle().await;
    let (_, text) = lab.call().await.unwrap_err();
    assert!(text.contains("connect") && !text.contains("discovery"), "{text}");
    foo.accepts(Duration::ZERO);
    sleep(secs(5)).await;
    assert_eq!(lab.calls(2).await, ["foo:1234"; 2]);
}

/// G-73: the same instance twice is one instance, with one connection.
#[tokio::test(start_paused = true)]
async fn an_instance_that_is_there_twice_is_dialled_once() {
    let lab = Lab::new("round_robin", &["a:1", "a:1", "b:1"]).awake().await;
    assert_eq!((lab.network.dials().len(), lab.network.live()), (2, 2));
}

/// F36: once the last good set is too old, calls fail with the error that began it, and its connections are let go; a good answer brings all
/// back.
#[tokio::test(start_paused = true)]
async fn a_set_that_is_too_old_serves_no_more_until_a_good_answer() {
    let script = Script::new().yields(Duration::ZERO, set(&["a:1"])).fails(secs(10), "gone");
    let script = script.fails(secs(10), "still gone").yields(secs(60), set(&["a:1"]));
    let network = Network::of(["a:1"]);
    let mut settings = Settings::default();
    settings.max_stale = Some(secs(30));
    let source = Source::new(script.clone()).with_settings(settings);
    let channel = Channel::builder("script:///service").discover(source).build_over(network.clone()).unwrap();
    channel.wake();
    sleep(secs(39)).await;
    assert_eq!(Call::default().send(&channel).await, Ok("a:1".to_owned()));
    sleep(secs(2)).await;
    assert_unavailable(Call::default().send(&channel).await, "no good answer for 30s: gone");
    assert_eq!(network.live(), 0);
    sleep(secs(60)).await;
    assert_eq!(Call::default().send(&channel).await, Ok("a:1".to_owned()));
}
