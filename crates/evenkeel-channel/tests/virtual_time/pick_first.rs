use crate::harness::{Lab, assert_unavailable, call, set, settle};
use evenkeel_channel::StateWatch;
use evenkeel_core::Connectivity::{Idle, Ready, TransientFailure};
use evenkeel_discover::Manual;
use evenkeel_testkit::Network;
use std::time::Duration;
use tokio::{task::JoinSet, time::sleep};

/// READY on `b:1` of `a:1`, `b:1`; `a:1` refuses.
async fn ready_on_b() -> Lab {
    let lab = Lab::new("pick_first", &["a:1", "b:1"]);
    lab.network.peer("a:1").refuses(Duration::ZERO);
    let lab = lab.awake().await;
    assert_eq!((lab.channel.state(), lab.network.peer("b:1").live()), (Ready, 1));
    lab
}

/// gRPC case 12: shuffling changes nothing while connected; after an empty list the next one is dialled.
#[tokio::test(start_paused = true)]
async fn shuffling_a_list_in_use_keeps_the_connection() {
    let lab = Lab::new("pick_first", &["a:1", "b:1"]).awake().await;
    assert_eq!(lab.network.peer("a:1").live(), 1);
    let shuffled = r#"{"loadBalancingConfig":[{"pick_first":{"shuffleAddressList":true}}]}"#;
    for _ in 0..8 {
        lab.source.set(set(&["a:1", "b:1"]).with_service_config(shuffled));
        settle().await;
    }
    assert_eq!((lab.network.dials().len(), lab.channel.state()), (1, Ready));
    lab.source.set(set(&[]));
    settle().await;
    assert_eq!((lab.channel.state(), lab.network.live()), (TransientFailure, 0));
    lab.source.set(set(&["a:1", "b:1"]).with_service_config(shuffled));
    settle().await;
    assert_eq!((lab.channel.state(), lab.network.live()), (Ready, 1));
}

/// gRPC case 12: the shuffle is one: over many channels each address is dialled first by some.
#[tokio::test(start_paused = true)]
async fn shuffling_varies_who_is_dialled_first() {
    let mut firsts = std::collections::BTreeSet::new();
    for _ in 0..64 {
        let config = r#"{"loadBalancingConfig":[{"pick_first":{"shuffleAddressList":true}}]}"#;
        let source = Manual::new();
        source.set(set(&["a:1", "b:1", "c:1"]));
        let lab =
            Lab::over(Network::of(["a:1", "b:1", "c:1"]), source, |b| b.service_config(config)).awake().await;
        firsts.insert(lab.network.dials()[0].address.to_string());
    }
    assert_eq!(firsts.len(), 3, "{firsts:?}");
}

/// gRPC case 14.
#[tokio::test(start_paused = true)]
async fn an_address_that_stays_in_the_list_keeps_its_connection() {
    let lab = ready_on_b().await;
    let mut states = lab.channel.watch_state();
    let _ = states.current();
    lab.source.set(set(&["b:1", "c:1"]));
    settle().await;
    assert!(no_change(&mut states), "no state report");
    assert_eq!((lab.network.peer("b:1").accepted(), lab.network.peer("b:1").live()), (1, 1));
    assert!(lab.dials("c:1").is_empty());
    lab.network.peer("d:1").accepts(Duration::ZERO);
    lab.source.set(set(&["c:1", "d:1"]));
    settle().await;
    assert_eq!(lab.network.peer("b:1").live(), 0);
    assert_eq!((lab.dials("c:1").len(), lab.network.peer("d:1").live()), (1, 1));
    assert_eq!(lab.call().await, Ok("d:1".to_owned()));
}

fn no_change(states: &mut StateWatch) -> bool {
    use std::{
        future::Future,
        pin::pin,
        task::{Context, Waker},
    };
    pin!(states.changed()).poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

/// gRPC case 15.
#[tokio::test(start_paused = true)]
async fn a_lost_connection_leaves_it_idle_until_the_next_call() {
    let lab = ready_on_b().await;
    lab.network.peer("a:1").accepts(Duration::from_millis(10));
    lab.network.peer("b:1").kill();
    let before = lab.network.dials().len();
    sleep(Duration::from_secs(300)).await;
    assert_eq!((lab.channel.state(), lab.network.dials().len()), (Idle, before), "no dial without a call");
    assert_eq!(lab.call().await, Ok("a:1".to_owned()), "the pass begins with the first address again");
}

/// gRPC case 15: 100 concurrent picks on the idle picker start one pass.
#[tokio::test(start_paused = true)]
async fn many_calls_on_an_idle_policy_start_one_pass() {
    let lab = ready_on_b().await;
    lab.network.peer("a:1").accepts(Duration::from_millis(10));
    lab.network.peer("b:1").kill();
    sleep(Duration::from_secs(5)).await;
    let before = lab.network.dials().len();
    let mut calls = JoinSet::new();
    for _ in 0..100 {
        let channel = lab.channel.clone();
        calls.spawn(async move { call(&channel).await });
    }
    let all = calls.join_all().await;
    assert!(all.iter().all(|outcome| outcome.as_deref() == Ok("a:1")), "{all:?}");
    assert_eq!(lab.network.dials().len(), before + 1);
}

/// gRPC case 16.
#[tokio::test(start_paused = true)]
async fn an_error_of_discovery_counts_only_without_a_working_set() {
    let source = Manual::new();
    source.fail("first reason");
    let lab = Lab::over(Network::of(["a:1"]), source, |builder| builder.policy("pick_first")).awake().await;
    assert_eq!(lab.channel.state(), TransientFailure);
    assert_unavailable(lab.call().await, "first reason");
    lab.source.fail("second reason");
    settle().await;
    assert_unavailable(lab.call().await, "second reason");
    lab.source.set(set(&["a:1"]));
    settle().await;
    let publications = lab.channel.state();
    lab.source.fail("third reason");
    settle().await;
    assert_eq!((publications, lab.channel.state()), (Ready, Ready));
    assert_eq!((lab.call().await, lab.network.dials().len()), (Ok("a:1".to_owned()), 1));
}

/// gRPC case 16: while it fails to connect, a new error of discovery is what calls are told.
#[tokio::test(start_paused = true)]
async fn an_error_of_discovery_is_told_while_nothing_connects() {
    let lab = Lab::new("pick_first", &["a:1"]);
    lab.network.peer("a:1").refuses(Duration::ZERO);
    let lab = lab.awake().await;
    assert_eq!(lab.channel.state(), TransientFailure);
    assert_unavailable(lab.call().await, "refused");
    lab.source.fail("no registry");
    settle().await;
    assert_eq!(lab.channel.state(), TransientFailure);
    assert_unavailable(lab.call().await, "no registry");
}

/// gRPC case 17, A 3.
#[tokio::test(start_paused = true)]
async fn an_empty_list_fails_calls_and_closes_connections() {
    let lab = ready_on_b().await;
    sleep(Duration::from_secs(60)).await;
    let before = lab.source.refreshes();
    lab.source.set(set(&[]));
    settle().await;
    assert_eq!((lab.channel.state(), lab.network.live()), (TransientFailure, 0));
    assert_eq!(lab.source.refreshes(), before + 1, "the source is asked again");
    assert_unavailable(lab.call().await, "no instances");
    lab.network.peer("b:1").accepts(Duration::from_secs(1));
    lab.source.set(set(&["b:1"]));
    settle().await;
    assert_eq!(lab.channel.state(), evenkeel_core::Connectivity::Connecting, "that failure is not sticky");
}
