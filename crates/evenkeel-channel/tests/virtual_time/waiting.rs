use crate::harness::{Call, Lab, assert_unavailable, ms, secs, set, settle};
use evenkeel_core::{
    Code,
    Connectivity::{Connecting, TransientFailure},
};
use evenkeel_testkit::network::reply::answer;
use std::time::Duration;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

/// One endpoint that refuses, and the policy has said so.
async fn refused() -> Lab {
    let lab = Lab::new("round_robin", &["a:1"]);
    lab.network.peer("a:1").refuses(Duration::ZERO);
    let lab = lab.awake().await;
    assert_eq!(lab.channel.state(), TransientFailure);
    lab
}

/// One endpoint that never answers an attempt.
async fn hanging() -> Lab {
    let lab = Lab::new("round_robin", &["a:1"]);
    lab.network.peer("a:1").hangs();
    let lab = lab.awake().await;
    assert_eq!(lab.channel.state(), Connecting);
    lab
}

/// gRPC case 81: the deadline's error carries the last connection error.
#[tokio::test(start_paused = true)]
async fn a_patient_call_ends_at_its_deadline_with_the_last_connection_error() {
    let lab = refused().await;
    let before = Instant::now();
    let (code, text) = Call::waiting().deadline(ms(1_500)).send(&lab.channel).await.unwrap_err();
    let took = before.elapsed();
    assert_eq!(code, Code::DeadlineExceeded);
    assert!((ms(1_500)..ms(1_502)).contains(&took), "{took:?}");
    assert!(text.contains("1.5s") && text.contains("a:1") && text.contains("refused"), "{text}");
}

/// gRPC case 81, E 85.
#[tokio::test(start_paused = true)]
async fn an_impatient_call_fails_at_once_when_all_failed() {
    let lab = refused().await;
    let before = Instant::now();
    assert_unavailable(Call::default().deadline(ms(1_500)).send(&lab.channel).await, "refused");
    assert!(before.elapsed().is_zero());
}

/// E 85.
#[tokio::test(start_paused = true)]
async fn while_it_connects_an_impatient_call_waits_to_its_deadline() {
    let lab = hanging().await;
    let before = Instant::now();
    let call = Call::default().deadline(secs(3)).spawn(&lab.channel);
    sleep(ms(2_990)).await;
    assert!(!call.is_finished());
    let (code, text) = call.await.unwrap().unwrap_err();
    assert_eq!(code, Code::DeadlineExceeded, "{text}");
    assert!(before.elapsed().as_millis() < 3_002);
}

/// E 85: or for as long as the channel lets calls wait.
#[tokio::test(start_paused = true)]
async fn a_queue_timeout_ends_the_wait() {
    let lab = Lab::new("round_robin", &["a:1"]);
    let channel = crate::harness::builder(&lab.source).queue_timeout(secs(2));
    let lab = Lab { channel: channel.build_over(lab.network.clone()).unwrap(), ..lab };
    lab.network.peer("a:1").refuses(Duration::ZERO);
    let lab = lab.awake().await;
    let before = Instant::now();
    assert_unavailable(
        Call::waiting().send(&lab.channel).await,
        "queue timeout of 2s; last error: none of 1",
    );
    let took = before.elapsed();
    assert!((secs(2)..ms(2_002)).contains(&took), "{took:?}");
}

/// E 86.
#[tokio::test(start_paused = true)]
async fn a_patient_call_waits_through_failure_until_there_is_a_connection() {
    let lab = refused().await;
    let call = Call::waiting().deadline(secs(60)).spawn(&lab.channel);
    sleep(secs(20)).await;
    assert!((lab.channel.state(), call.is_finished()) == (TransientFailure, false));
    lab.network.peer("a:1").accepts(Duration::ZERO);
    assert_eq!(call.await.unwrap(), Ok("a:1".to_owned()));
    assert_eq!(lab.network.peer("a:1").calls(), 1);
}

/// E 87.
#[tokio::test(start_paused = true)]
async fn one_call_too_many_in_the_queue_fails_at_once() {
    let lab = hanging().await;
    let mut waiting = JoinSet::new();
    for _ in 0..10_000 {
        let channel = lab.channel.clone();
        waiting.spawn(async move { Call::waiting().send(&channel).await });
    }
    settle().await;
    let before = Instant::now();
    assert_unavailable(Call::waiting().send(&lab.channel).await, "queue full: 10000 calls");
    assert!(before.elapsed().is_zero() && waiting.try_join_next().is_none());
    assert_eq!(waiting.len(), 10_000, "the others still wait");
}

/// E 88.
#[tokio::test(start_paused = true)]
async fn calls_that_stop_waiting_leave_no_place_taken_and_no_wake_up_lost() {
    let lab = hanging().await;
    for _ in 0..10 {
        let mut waiting = JoinSet::new();
        for _ in 0..10_000 {
            let channel = lab.channel.clone();
            waiting.spawn(async move { Call::waiting().send(&channel).await });
        }
        settle().await;
        assert_eq!((waiting.len(), waiting.try_join_next().is_none()), (10_000, true), "all found a place");
        waiting.shutdown().await;
    }
    let (mut stay, mut go) = (JoinSet::new(), JoinSet::new());
    for n in 0..1_000 {
        let channel = lab.channel.clone();
        let calls = if n % 2 == 0 { &mut stay } else { &mut go };
        calls.spawn(async move { Call::waiting().send(&channel).await });
    }
    lab.network.peer("a:1").accepts(Duration::ZERO);
    lab.source.set(set(&["a:1|b:1"]));
    go.abort_all();
    let all = stay.join_all().await;
    assert!(all.len() == 500 && all.iter().all(|outcome| outcome.as_deref() == Ok("a:1")));
}

/// No wake-up is lost: calls that come at any moment of a connection's birth all get through.
#[tokio::test(start_paused = true)]
async fn calls_that_come_while_a_connection_is_made_all_get_through() {
    for delay in 0..20 {
        let lab = Lab::new("pick_first", &["a:1"]);
        lab.network.peer("a:1").accepts(ms(10));
        let mut calls = JoinSet::new();
        for start in 0..20 {
            let channel = lab.channel.clone();
            calls.spawn(async move {
                sleep(ms(start)).await;
                Call::default().deadline(secs(5)).send(&channel).await
            });
        }
        sleep(ms(delay)).await;
        lab.network.peer("a:1").go_away();
        let all = calls.join_all().await;
        assert!(all.iter().all(Result::is_ok), "{delay} ms: {all:?}");
    }
}

/// A deadline in mid-stream ends the call, and lets go of its connection's place.
#[tokio::test(start_paused = true)]
async fn a_deadline_in_mid_stream_ends_the_call() {
    let lab = Lab::new("round_robin", &["a:1"]).awake().await;
    lab.network.peer("a:1").streams(secs(100));
    let before = Instant::now();
    let (code, _) = Call::default().deadline(secs(2)).send(&lab.channel).await.unwrap_err();
    assert_eq!((code, before.elapsed().as_secs()), (Code::DeadlineExceeded, 2));
    assert_eq!(lab.network.peer("a:1").in_flight(), [0]);
}

/// D 74: calls that their callers give up leave nothing behind.
#[tokio::test(start_paused = true)]
async fn calls_that_are_given_up_leave_nothing_in_flight() {
    let lab = Lab::new("round_robin", &["a:1"]).awake().await;
    for stream in [true, false] {
        if stream {
            lab.network.peer("a:1").streams(secs(100));
        } else {
            lab.network.peer("a:1").stays_silent();
        }
        let mut calls = JoinSet::new();
        for _ in 0..1_000 {
            let channel = lab.channel.clone();
            calls.spawn(async move { Call::default().send(&channel).await });
        }
        settle().await;
        assert_eq!(lab.network.peer("a:1").in_flight(), [1_000]);
        calls.shutdown().await;
        assert_eq!(lab.network.peer("a:1").in_flight(), [0]);
    }
    sleep(secs(30 * 60 + 1)).await;
    assert_eq!(lab.network.leaks(), [""; 0], "the channel could go idle");
}

/// The server knows the deadline too, and cancels when its timer fires: which of the two fires first is chance. A server that
/// cancels sooner has a reason of its own.
#[tokio::test(start_paused = true)]
async fn a_server_that_cancels_at_the_deadline_is_a_deadline() {
    let lab = Lab::new("round_robin", &["a:1"]).awake().await;
    for (after, code) in [(99, Code::DeadlineExceeded), (50, Code::Cancelled)] {
        lab.network.peer("a:1").answers_with(move |from, _| async move {
            sleep(ms(after)).await;
            Ok(answer(&from, [], Code::Cancelled))
        });
        let (got, text) = Call::default().deadline(ms(100)).send(&lab.channel).await.unwrap_err();
        assert_eq!(got, code, "after {after} ms: {text}");
    }
}
