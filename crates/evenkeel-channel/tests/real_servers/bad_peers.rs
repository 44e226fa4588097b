use crate::support::{Case, Raw, Stack, reserved, say, static_target, within};
use evenkeel_channel::{Backoff, CallOptions, Channel, Timing};
use evenkeel_echo::echo_client::EchoClient;
use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::TcpStream,
};
use tonic::{Code, Request};

/// An empty SETTINGS frame (RFC 9113 section 6.5).
const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
/// A GOAWAY frame with `NO_ERROR` and no last stream (RFC 9113 section 6.8).
const GOAWAY: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

async fn silent(stream: TcpStream) {
    pending::<()>().await;
    drop(stream);
}

async fn http1(mut stream: TcpStream) {
    let mut request = [0; 64];
    let _ = stream.read(&mut request).await;
    let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

async fn closing(stream: TcpStream) {
    drop(stream);
}

async fn greeting_and_closing(mut stream: TcpStream) {
    let _ = stream.write_all(&SETTINGS).await;
    let _ = stream.shutdown().await;
}

/// A channel whose attempts to connect end soon.
fn impatient(peer: &Raw) -> EchoClient<Channel> {
    let quick = Duration::from_millis(200);
    let backoff = Backoff { base: quick, ..Backoff::default() };
    let timing = Timing { connect_timeout: quick, backoff, ..Timing::default() };
    EchoClient::new(Channel::builder(static_target([&peer.address])).timing(timing).build().unwrap())
}

/// A call fails at once with `reason`; one that waits gets it with the end of its deadline.
async fn assert_reason(peer: Raw, reason: &str) {
    let mut client = impatient(&peer);
    let status = within(5, client.unary_echo(say("hi"))).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    assert!(status.message().contains(reason) && status.message().contains(&peer.address), "{status:?}");

    let mut request = Request::new(say("hi"));
    request.extensions_mut().insert(CallOptions::new().wait_for_ready(true));
    request.set_timeout(Duration::from_millis(400));
    let status = within(5, client.unary_echo(request)).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
    assert!(status.message().contains(reason), "{status:?}");
}

/// C 47.
#[tokio::test]
async fn a_peer_that_stays_silent_is_given_up() {
    assert_reason(Raw::start(silent).await, "no connection within").await;
}

#[tokio::test]
async fn a_peer_that_is_not_http2_is_named() {
    assert_reason(Raw::start(http1).await, "not an HTTP/2 peer").await;
}

#[tokio::test]
async fn a_peer_that_closes_at_once_is_named() {
    assert_reason(Raw::start(closing).await, "it sent nothing").await;
}

/// A GOAWAY without an error is an orderly end, however early it comes: the server is dialled again, and no call fails.
#[tokio::test]
async fn a_goaway_with_the_first_settings_fails_no_call() {
    let server = Case { stack: Stack::Tonic, tls: false }.server().await;
    let (address, first) = (server.address.clone(), Arc::new(AtomicBool::new(true)));
    let peer = Raw::start(move |mut stream| {
        let (address, first) = (address.clone(), first.swap(false, Relaxed));
        async move {
            if first {
                let _ = stream.write_all(&[&SETTINGS[..], &GOAWAY].concat()).await;
                let _ = stream.shutdown().await;
                let _ = stream.read_to_end(&mut Vec::new()).await;
            } else {
                let mut server = TcpStream::connect(address).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut server).await;
            }
        }
    })
    .await;
    let channel = Channel::builder(static_target([&peer.address])).build().unwrap();
    within(5, EchoClient::new(channel).unary_echo(say("hi"))).await.unwrap();
    assert_eq!(peer.accepted(), 2);
}

/// A call that fails at once waits for nothing; a program that tries again and again must still let the channel work.
#[tokio::test]
async fn a_caller_in_a_tight_loop_does_not_starve_the_channel() {
    let (address, socket) = reserved();
    let backoff = Backoff { base: Duration::from_millis(50), ..Backoff::default() };
    let timing = Timing { backoff, ..Timing::default() };
    let channel = Channel::builder(static_target([&address])).timing(timing).build().unwrap();
    let mut client = EchoClient::new(channel);
    assert_eq!(client.unary_echo(say("hi")).await.unwrap_err().code(), Code::Unavailable);
    let (connected, listener) = (Arc::new(AtomicBool::new(false)), socket.listen(1).unwrap());
    let seen = connected.clone();
    tokio::spawn(async move {
        let accepted = listener.accept().await;
        seen.store(true, Relaxed);
        pending::<()>().await;
        drop(accepted);
    });
    let started = Instant::now();
    while !connected.load(Relaxed) && started.elapsed() < Duration::from_secs(3) {
        assert_eq!(client.unary_echo(say("hi")).await.unwrap_err().code(), Code::Unavailable);
    }
    assert!(connected.load(Relaxed), "nothing but the caller ran");
}

/// How often a peer is dialled in 3 s by calls that wait, with the default back-off: 1 s, 1.6 s, 2.56 s.
async fn dials_in_3_s(peer: Raw) -> usize {
    let channel = Channel::builder(static_target([&peer.address])).wait_for_ready(true).build().unwrap();
    let started = Instant::now();
    while let Some(left) = Duration::from_secs(3).checked_sub(started.elapsed()) {
        let mut client = EchoClient::new(channel.clone());
        let mut request = Request::new(say("hi"));
        request.set_timeout(left.min(Duration::from_millis(50)));
        assert_eq!(client.unary_echo(request).await.unwrap_err().code(), Code::DeadlineExceeded);
    }
    peer.accepted()
}

/// The series itself is held in virtual time elsewhere; it is at most 10 dials in 10 s.
#[tokio::test]
async fn a_peer_that_closes_at_once_is_not_dialled_over_and_over() {
    let (closing, greeting) = tokio::join!(
        dials_in_3_s(Raw::start(closing).await),
        dials_in_3_s(Raw::start(greeting_and_closing).await)
    );
    assert!((2..=4).contains(&closing), "{closing}");
    assert!((2..=6).contains(&greeting), "{greeting}");
}
