use crate::harness::{Call, Lab, assert_unavailable, failed, instance, load, ms, set, settle};
use evenkeel_core::{
    Code,
    Connectivity::{Connecting, Ready, TransientFailure},
    Snapshot,
};
use evenkeel_discover::Manual;
use evenkeel_testkit::Network;
use std::{collections::BTreeSet, time::Duration};
use tokio::time::{Instant, sleep};

/// gRPC case 19.
#[tokio::test(start_paused = true)]
async fn every_window_of_three_calls_reaches_all_three() {
    let lab = Lab::new("round_robin", &["a:1", "b:1", "c:1"]).awake().await;
    assert_eq!(lab.network.live(), 3);
    let from = lab.calls(9).await;
    for window in from.windows(3) {
        assert_eq!(window.iter().collect::<BTreeSet<_>>().len(), 3, "{from:?}");
    }
}

/// gRPC case 20.
#[tokio::test(start_paused = true)]
async fn a_refusing_endpoint_costs_nothing_and_is_tried_again_with_back_off() {
    let lab = Lab::new("round_robin", &["a:1", "b:1", "c:1"]);
    lab.network.peer("c:1").refuses(Duration::ZERO);
    let lab = lab.awake().await;
    assert_eq!(lab.channel.state(), Ready);
    let from = lab.calls(20).await;
    assert_eq!(from.iter().filter(|address| *address == "a:1").count(), 10);
    assert_eq!(from.iter().filter(|address| *address == "b:1").count(), 10);
    sleep(Duration::from_secs(11)).await;
    assert_eq!(lab.dials("c:1"), [0, 1_000, 2_600, 5_160, 9_256]);
    assert_eq!((lab.dials("a:1").len(), lab.dials("b:1").len()), (1, 1));
}

/// gRPC case 21: READY wins over CONNECTING.
#[tokio::test(start_paused = true)]
async fn calls_go_to_the_ready_one_while_another_connects() {
    let lab = Lab::new("round_robin", &["a:1", "b:1"]);
    lab.network.peer("b:1").hangs();
    let lab = lab.awake().await;
    assert_eq!(lab.channel.state(), Ready);
    assert_eq!(lab.calls(4).await, ["a:1"; 4]);
}

/// gRPC case 21: CONNECTING wins over failure.
#[tokio::test(start_paused = true)]
async fn it_is_connecting_while_one_connects_and_the_rest_failed() {
    let lab = Lab::new("round_robin", &["a:1", "b:1"]);
    lab.network.peer("a:1").refuses(Duration::ZERO);
    lab.network.peer("b:1").hangs();
    let lab = lab.awake().await;
    assert_eq!(lab.channel.state(), Connecting);
}

/// gRPC case 21: all failed.
#[tokio::test(start_paused = true)]
async fn when_all_failed_calls_fail_at_once_and_patient_ones_wait() {
    let lab = Lab::new("round_robin", &["a:1", "b:1"]);
    for address in ["a:1", "b:1"] {
        lab.network.peer(address).refuses(Duration::ZERO);
    }
    let lab = lab.awake().await;
    assert_eq!(lab.channel.state(), TransientFailure);
    let before = Instant::now();
    assert_unavailable(lab.call().await, "refused");
    assert!(before.elapsed().is_zero(), "at once");
    let patient = Call::waiting().spawn(&lab.channel);
    sleep(ms(500)).await;
    assert!(!patient.is_finished());
    lab.network.peer("a:1").accepts(Duration::ZERO);
    assert_eq!(patient.await.unwrap(), Ok("a:1".to_owned()));
    assert!(lab.network.now() >= ms(1_000), "no sooner than the back-off lets it");
}

/// gRPC case 22.
#[tokio::test(start_paused = true)]
async fn a_failed_policy_stays_failed_while_one_connects_again() {
    let lab = Lab::new("round_robin", &["a:1", "b:1"]);
    for address in ["a:1", "b:1"] {
        lab.network.peer(address).refuses(Duration::ZERO);
    }
    let lab = lab.awake().await;
    lab.network.peer("a:1").hangs();
    let mut states = lab.channel.watch_state();
    let changed = tokio::spawn(async move { states.changed().await });
    sleep(ms(1_500)).await;
    assert_eq!(lab.dials("a:1"), [0, 1_000], "it is connecting below");
    assert_eq!((lab.channel.state(), changed.is_finished()), (TransientFailure, false));
}

/// gRPC case 23, C 49.
#[tokio::test(start_paused = true)]
async fn a_goaway_costs_no_call_and_exactly_one_reconnect() {
    let lab = Lab::new("round_robin", &["a:1", "b:1"]);
    for address in ["a:1", "b:1"] {
        lab.network.peer(address).answers(ms(7));
    }
    let lab = lab.awake().await;
    let calls = tokio::spawn(load(lab.channel.clone(), 1, Duration::from_secs(10)));
    for round in 1..=5 {
        sleep(ms(1_500)).await;
        lab.network.peer("a:1").go_away();
        sleep(ms(200)).await;
        assert_eq!((lab.network.peer("a:1").accepted(), lab.network.peer("a:1").live()), (1 + round, 1));
    }
    let outcomes = calls.await.unwrap();
    assert!(outcomes.len() > 9_000 && failed(&outcomes).is_empty(), "{:?}", failed(&outcomes));
    assert_eq!(lab.network.peer("b:1").accepted(), 1);
    assert!(lab.network.peer("a:1").calls() > 4_000, "it serves again after each GOAWAY");
}

/// gRPC case 24.
#[tokio::test(start_paused = true)]
async fn an_endpoint_is_its_set_of_addresses() {
    let of = |addresses: &str| Snapshot::from_iter([instance(addresses)]);
    let source = Manual::new();
    source.set(of("a1:1|a2:1"));
    let lab = Lab::over(Network::of(["a2:1", "a3:1"]), source, |builder| builder).awake().await;
    assert_eq!((lab.channel.state(), lab.network.peer("a2:1").live()), (Ready, 1));
    lab.source.set(of("a2:1|a1:1"));
    settle().await;
    assert_eq!((lab.network.dials().len(), lab.network.peer("a2:1").live()), (2, 1), "the same child");
    lab.source.set(of("a1:1|a2:1|a3:1"));
    settle().await;
    assert_eq!((lab.network.peer("a2:1").accepted(), lab.network.live()), (2, 1), "a new child");
}

/// gRPC case 26.
#[tokio::test(start_paused = true)]
async fn no_endpoints_fail_calls_and_the_source_is_asked_again() {
    let lab = Lab::new("round_robin", &[]).awake().await;
    assert_eq!((lab.channel.state(), lab.source.refreshes()), (TransientFailure, 1));
    let (code, text) = lab.call().await.unwrap_err();
    assert_eq!((code, text.as_str()), (Code::Unavailable, "no endpoint: no instances"));
    sleep(Duration::from_secs(100)).await;
    assert_eq!(lab.source.refreshes(), 1, "exactly once");
    lab.network.peer("a:1").accepts(Duration::ZERO);
    lab.source.set(set(&["a:1"]));
    assert_eq!(Call::waiting().send(&lab.channel).await, Ok("a:1".to_owned()));
}

/// C 48.
#[tokio::test(start_paused = true)]
async fn one_dead_of_ten_costs_no_call() {
    let names: Vec<String> = (0..10).map(|n| format!("h{n}:1")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let lab = Lab::new("round_robin", &names);
    lab.network.peer("h7:1").refuses(ms(1));
    let lab = lab.awake().await;
    assert_eq!(lab.network.live(), 9);
    let outcomes = load(lab.channel.clone(), 1, Duration::from_secs(10)).await;
    assert!(outcomes.len() > 9_000 && failed(&outcomes).is_empty());
    assert_eq!(lab.network.peer("h7:1").calls(), 0);
    assert_eq!(lab.dials("h7:1"), [0, 1_000, 2_600, 5_160, 9_256], "probed at the back-off");
}
