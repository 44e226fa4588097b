use crate::harness::{Call, Lab, assert_unavailable, builder, ms, secs, settle};
use bytes::Bytes;
use evenkeel_channel::{BuildError, Error};
use evenkeel_core::Connectivity::{Idle, Ready};
use evenkeel_discover::Manual;
use evenkeel_testkit::Network;
use http_body_util::{BodyExt, Empty};
use tokio::time::{Instant, sleep};
use tower_service::Service;

/// H 116.
#[tokio::test(start_paused = true)]
async fn dropping_the_last_channel_ends_everything() {
    let lab = Lab::new("round_robin", &["a:1", "b:1", "c:1"]);
    lab.network.peer("c:1").hangs();
    let lab = lab.awake().await;
    let (other, states) = (lab.channel.clone(), lab.channel.watch_state());
    let Lab { network, source, channel } = lab;
    drop(channel);
    settle().await;
    assert_eq!(
        (network.live(), network.leaks().len(), source.watchers()),
        (2, 3, 1),
        "a clone is the same channel"
    );
    drop(other);
    sleep(ms(1)).await;
    assert_eq!((network.leaks(), source.watchers()), (Vec::new(), 0));
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    drop(states);
}

/// H 116: a call in flight keeps its connection to its end, though the channel is gone.
#[tokio::test(start_paused = true)]
async fn a_call_in_flight_outlives_its_channel() {
    let lab = Lab::new("round_robin", &["a:1"]).awake().await;
    lab.network.peer("a:1").streams(secs(5));
    let Lab { network, source, mut channel } = lab;
    let request = http::Request::post("/s/M").body(Empty::<Bytes>::new()).unwrap();
    let response = channel.call(request).await.unwrap();
    drop(channel);
    sleep(secs(1)).await;
    assert_eq!((network.peer("a:1").in_flight(), source.watchers()), (vec![1], 0));
    let body = response.into_body().collect().await.unwrap();
    assert_eq!(body.trailers().unwrap()["grpc-status"], "0");
    sleep(ms(1)).await;
    assert_eq!((network.now().as_secs(), network.leaks()), (5, Vec::new()));
}

/// H 118.
#[test]
fn a_channel_outside_a_runtime_is_an_error_that_says_so() {
    let error = builder(&Manual::new()).build_over(Network::new()).unwrap_err();
    assert!(matches!(error, BuildError::NoRuntime));
    assert!(error.to_string().contains("no tokio runtime"), "{error}");
}

/// gRPC case 88.
#[tokio::test(start_paused = true)]
async fn a_channel_without_calls_goes_idle_and_the_next_call_wakes_it() {
    let lab = Lab::new("round_robin", &["a:1"]).awake().await;
    sleep(secs(20 * 60)).await;
    assert_eq!(lab.call().await, Ok("a:1".to_owned()));
    sleep(secs(30 * 60 - 2)).await;
    assert_eq!((lab.channel.state(), lab.network.live(), lab.source.watchers()), (Ready, 1, 1));
    sleep(secs(4)).await;
    assert_eq!((lab.channel.state(), lab.network.leaks(), lab.source.watchers()), (Idle, Vec::new(), 0));
    sleep(secs(3600)).await;
    assert_eq!(lab.network.dials().len(), 1);
    assert_eq!(lab.call().await, Ok("a:1".to_owned()));
    assert_eq!((lab.channel.state(), lab.network.dials().len(), lab.source.watchers()), (Ready, 2, 1));
}

/// gRPC case 88: a long call keeps the channel awake, and none is cut.
#[tokio::test(start_paused = true)]
async fn a_call_in_flight_keeps_the_channel_awake() {
    let lab = Lab::new("round_robin", &["a:1"]).awake().await;
    lab.network.peer("a:1").streams(secs(100 * 60));
    let call = Call::default().spawn(&lab.channel);
    sleep(secs(99 * 60)).await;
    assert_eq!((lab.channel.state(), lab.source.watchers()), (Ready, 1));
    assert_eq!(call.await.unwrap(), Ok("a:1".to_owned()));
    sleep(secs(31 * 60)).await;
    assert_eq!((lab.channel.state(), lab.network.leaks()), (Idle, Vec::new()));
}

/// H 120: calls get their time to end; new ones are refused.
#[tokio::test(start_paused = true)]
async fn closing_lets_calls_end_within_the_grace_and_refuses_new_ones() {
    let lab = Lab::new("round_robin", &["a:1"]);
    lab.network.peer("a:1").answers(secs(3));
    let lab = lab.awake().await;
    let call = Call::default().spawn(&lab.channel);
    sleep(ms(10)).await;
    let before = Instant::now();
    let channel = lab.channel.clone();
    let closing = tokio::spawn(async move { channel.close(secs(30)).await });
    sleep(ms(10)).await;
    assert_unavailable(lab.call().await, "the channel is closed");
    assert!(!closing.is_finished());
    closing.await.unwrap();
    let took = before.elapsed();
    assert!(took < ms(3_050), "as soon as the last call has ended: {took:?}");
    assert_eq!(call.await.unwrap(), Ok("a:1".to_owned()));
    sleep(ms(1)).await;
    assert_eq!((lab.network.leaks(), lab.source.watchers()), (Vec::new(), 0));
    assert!(matches!(lab.channel.ready().await, Err(Error::Closed)), "and stays closed");
}

/// H 120: after the grace calls that wait for their answer are cut.
#[tokio::test(start_paused = true)]
async fn closing_cuts_calls_after_the_grace() {
    let lab = Lab::new("round_robin", &["a:1"]);
    lab.network.peer("a:1").stays_silent();
    let lab = lab.awake().await;
    let call = Call::default().spawn(&lab.channel);
    sleep(ms(10)).await;
    let before = Instant::now();
    lab.channel.close(secs(2)).await;
    assert_eq!(before.elapsed().as_secs(), 2);
    assert_unavailable(call.await.unwrap(), "connection lost");
    assert_eq!(lab.network.leaks(), [""; 0]);
}

/// H 120: so are responses that are still streaming.
#[tokio::test(start_paused = true)]
async fn closing_cuts_streams_after_the_grace() {
    let lab = Lab::new("round_robin", &["a:1"]).awake().await;
    lab.network.peer("a:1").streams(secs(100));
    let call = Call::default().spawn(&lab.channel);
    sleep(ms(10)).await;
    let channel = lab.channel.clone();
    let closing = tokio::spawn(async move { channel.close(secs(2)).await });
    sleep(secs(1)).await;
    assert_unavailable(lab.call().await, "the channel is closed");
    closing.await.unwrap();
    sleep(ms(1)).await;
    assert!(call.is_finished(), "the stream is cut");
    assert_unavailable(call.await.unwrap(), "connection lost");
    assert_eq!(lab.network.leaks(), [""; 0]);
}

/// Calls that wait for a connection end when the channel is closed.
#[tokio::test(start_paused = true)]
async fn closing_ends_calls_that_wait() {
    let lab = Lab::new("round_robin", &["a:1"]);
    lab.network.peer("a:1").hangs();
    let lab = lab.awake().await;
    let call = Call::waiting().spawn(&lab.channel);
    sleep(ms(10)).await;
    let before = Instant::now();
    lab.channel.close(secs(30)).await;
    assert!(before.elapsed() < ms(50));
    assert_unavailable(call.await.unwrap(), "the channel is closed");
    assert_eq!(lab.network.leaks(), [""; 0]);
}
