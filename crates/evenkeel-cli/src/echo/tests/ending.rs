//! How connections and the server end: gracefully.

use std::time::{Duration, Instant};

use evenkeel_echo::health::HealthCheckRequest;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::harness::{request, start, start_on};
use super::wire::{GOAWAY, PING, SETTINGS, Wire};

/// The id of `SETTINGS_MAX_CONCURRENT_STREAMS`.
const MAX_CONCURRENT_STREAMS: u16 = 3;

/// The last stream id of a GOAWAY that warns: all streams so far are fine, and so are those on their way.
const ALL_STREAMS: u32 = (1 << 31) - 1;

#[tokio::test]
async fn a_stop_lets_the_call_in_flight_finish() {
    let server = start(&["--delay", "300ms"]).await;
    let mut client = server.echo().await;
    let call = tokio::spawn(async move { client.unary_echo(request("hello")).await });
    sleep(Duration::from_millis(100)).await;
    let address = server.address.clone();
    server.stop().await;
    let answer = call.await.expect("no panic").expect("an answer");
    assert_eq!(answer.into_inner().message, format!("hello (from {address})"));
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_idle_connections_or_watches() {
    let server = start(&[]).await;
    let _silent = TcpStream::connect(&server.address).await.expect("a connection");
    let mut health = server.health_client().await;
    let mut watch = health.watch(HealthCheckRequest::default()).await.expect("a watch").into_inner();
    let began = Instant::now();
    server.stop().await;
    assert!(began.elapsed() < Duration::from_secs(2));
    while watch.message().await.expect("no error").is_some() {}
}

#[tokio::test]
async fn a_stop_warns_with_goaway_first() {
    let server = start(&[]).await;
    let mut wire = Wire::connect(&server.address).await;
    wire.next(SETTINGS).await.expect("settings");
    let stopped = tokio::spawn(server.stop());
    assert_eq!(wire.next(GOAWAY).await.expect("a warning").goaway(), (ALL_STREAMS, 0));
    assert_eq!(wire.next(GOAWAY).await.expect("the last word").goaway(), (0, 0));
    assert!(wire.next(GOAWAY).await.is_none());
    drop(wire);
    stopped.await.expect("an end");
}

#[tokio::test]
async fn what_comes_after_the_last_word_does_not_reset_the_connection() {
    let server = start(&["--max-age", "20ms"]).await;
    let mut wire = Wire::connect(&server.address).await;
    while wire.next(GOAWAY).await.is_some() {}
    for _ in 0..3 {
        wire.send(PING, 0, &[0; 8]).await;
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_connection_too_old_gets_goaway() {
    let server = start(&["--max-age", "100ms"]).await;
    let mut wire = Wire::connect(&server.address).await;
    let began = Instant::now();
    assert_eq!(wire.next(GOAWAY).await.expect("a warning").goaway(), (ALL_STREAMS, 0));
    assert!(began.elapsed() >= Duration::from_millis(80));
    assert_eq!(wire.next(GOAWAY).await.expect("the last word").goaway(), (0, 0));
    assert!(wire.next(GOAWAY).await.is_none());
}

#[tokio::test]
async fn a_call_outlives_the_age_of_its_connection() {
    let server = start(&["--max-age", "50ms", "--delay", "300ms"]).await;
    server.echo().await.unary_echo(request("hello")).await.expect("an answer");
}

#[tokio::test]
async fn the_number_of_streams_is_unlimited_unless_asked_for() {
    for (flags, expected) in [(&[][..], None), (&["--max-streams", "7"][..], Some(7))] {
        let server = start(flags).await;
        let mut wire = Wire::connect(&server.address).await;
        let settings = wire.next(SETTINGS).await.expect("settings");
        assert_eq!(settings.setting(MAX_CONCURRENT_STREAMS), expected);
    }
}

#[tokio::test]
async fn a_unix_socket_is_taken_over_if_abandoned_and_removed_at_the_end() {
    let path = std::env::temp_dir().join(format!("keel-echo-{}.sock", std::process::id()));
    drop(std::os::unix::net::UnixListener::bind(&path).expect("a socket to abandon"));
    let server = start_on(&format!("unix:{}", path.display()), &[]).await;
    assert_eq!(server.address, format!("unix:{}", path.display()));
    drop(tokio::net::UnixStream::connect(&path).await.expect("a connection"));
    server.stop().await;
    assert!(!path.exists());
}
