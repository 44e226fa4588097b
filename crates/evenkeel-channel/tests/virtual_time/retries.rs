//! Transparent retries (gRFC A6): what no server's application has seen is sent again, uncharged.

use crate::harness::{Call, Lab, assert_unavailable, ms, secs};
use bytes::Bytes;
use evenkeel_core::Code;
use evenkeel_testkit::network::reply;
use http_body_util::BodyExt;
use std::sync::{Arc, Mutex};
use tokio::time::Instant;

/// gRPC case 80, C 50.
#[tokio::test(start_paused = true)]
async fn a_call_refused_unseen_is_sent_once_more_with_its_whole_body() {
    let lab = Lab::new("round_robin", &["a:1"]).awake().await;
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let seen = bodies.clone();
    lab.network.peer("a:1").answers_with(move |from, request| {
        let seen = seen.clone();
        async move {
            let body = request.into_body().collect().await.unwrap().to_bytes();
            seen.lock().unwrap().push(body);
            Ok(reply::answer(&from, [], Code::Ok))
        }
    });
    lab.network.peer("a:1").refuses_unseen(1);
    assert_eq!(lab.call().await, Ok("a:1".to_owned()));
    assert_eq!(lab.network.peer("a:1").calls(), 2);
    assert_eq!(*bodies.lock().unwrap(), [Bytes::from_static(b"hello")]);
}

/// gRPC case 80: a second refusal is the caller's business.
#[tokio::test(start_paused = true)]
async fn a_call_refused_unseen_twice_fails_as_unavailable() {
    let lab = Lab::new("round_robin", &["a:1", "b:1"]).awake().await;
    for address in ["a:1", "b:1"] {
        lab.network.peer(address).refuses_unseen(5);
    }
    assert_unavailable(lab.call().await, "reset");
    assert_eq!(lab.network.peer("a:1").calls() + lab.network.peer("b:1").calls(), 2);
    assert_eq!(lab.network.live(), 2, "the connections are as good as before");
}

/// F20: what one server refused goes to another while there is one, also where a key would have it go back.
#[tokio::test(start_paused = true)]
async fn a_call_refused_unseen_is_sent_to_another_server() {
    for policy in ["round_robin", "random", "adaptive", "rendezvous", "consistent_hash"] {
        for _ in 0..20 {
            let lab = Lab::new(policy, &["a:1", "b:1"]).awake().await;
            // It refuses every call, so one that went back there would fail.
            lab.network.peer("a:1").refuses_unseen(100);
            for _ in 0..4 {
                assert_eq!(
                    Call::keyed("customer").send(&lab.channel).await,
                    Ok("b:1".to_owned()),
                    "{policy}"
                );
            }
        }
    }
}

/// F13, G-26: a call's key sends it to one and the same server.
#[tokio::test(start_paused = true)]
async fn calls_with_one_key_go_to_one_server() {
    let lab = Lab::new("consistent_hash", &["a:1", "b:1", "c:1"]).awake().await;
    let first = Call::keyed("customer").send(&lab.channel).await.unwrap();
    for _ in 0..20 {
        assert_eq!(Call::keyed("customer").send(&lab.channel).await.as_ref(), Ok(&first));
    }
    assert_unavailable(lab.call().await, "picks by a key");
}

/// gRPC case 80, C 52: a call that is given back is picked again, without limit.
#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_back_is_sent_again_without_limit() {
    let lab = Lab::new("round_robin", &["a:1"]).awake().await;
    lab.network.peer("a:1").gives_back(50);
    let before = Instant::now();
    assert_eq!(lab.call().await, Ok("a:1".to_owned()));
    assert_eq!((lab.network.peer("a:1").accepted(), lab.network.peer("a:1").calls()), (51, 1));
    assert!(before.elapsed() < secs(10), "{:?}", before.elapsed());
}

/// gRPC case 80: with other connections at hand nobody waits.
#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_back_goes_to_another_connection_at_once() {
    let lab = Lab::new("round_robin", &["a:1", "b:1", "c:1"]).awake().await;
    let before = Instant::now();
    for address in ["a:1", "b:1", "c:1"] {
        lab.network.peer(address).accepts(secs(5));
    }
    lab.network.peer("a:1").gives_back(1);
    lab.network.peer("b:1").gives_back(1);
    assert_eq!(lab.calls(6).await, ["c:1"; 6]);
    assert!(before.elapsed() < ms(200), "{:?}", before.elapsed());
}

/// gRPC case 80: only the deadline ends it.
#[tokio::test(start_paused = true)]
async fn a_call_that_is_always_given_back_ends_at_its_deadline() {
    let lab = Lab::new("round_robin", &["a:1"]).awake().await;
    lab.network.peer("a:1").gives_back(u32::MAX);
    let before = Instant::now();
    let (code, _) = Call::default().deadline(secs(2)).send(&lab.channel).await.unwrap_err();
    assert_eq!((code, before.elapsed() < ms(2_002)), (Code::DeadlineExceeded, true));
    assert!(before.elapsed() >= secs(2));
    assert_eq!(lab.network.peer("a:1").calls(), 0);
    assert!(lab.network.peer("a:1").accepted() < 100, "no hot loop");
}

/// C 51: what a server may have seen is not repeated.
#[tokio::test(start_paused = true)]
async fn a_call_on_a_connection_that_is_cut_is_not_repeated() {
    let lab = Lab::new("round_robin", &["a:1"]).awake().await;
    lab.network.peer("a:1").stays_silent();
    let call = Call::default().spawn(&lab.channel);
    tokio::time::sleep(ms(10)).await;
    assert_eq!(lab.network.peer("a:1").in_flight(), [1]);
    lab.network.peer("a:1").kill();
    assert_unavailable(call.await.unwrap(), "connection lost");
    assert_eq!(lab.network.peer("a:1").calls(), 1);
}
