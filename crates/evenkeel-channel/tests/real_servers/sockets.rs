use crate::support::{Case, Setup, Stack, on_every_server, say, within};
use evenkeel_channel::http2::Http2Options;
use evenkeel_echo::echo_client::EchoClient;
use std::time::{Duration, Instant};
use tonic::Code;

on_every_server! {
    a_unix_socket_serves_calls;
}

async fn a_unix_socket_serves_calls(case: Case) {
    let server = case.server_with(Setup { unix: true, ..Setup::default() }).await;
    let path = server.address.strip_prefix("unix:").unwrap();
    let channel = case.builder(format!("unix://{path}")).connect().await.unwrap();
    let answer = EchoClient::new(channel).unary_echo(say("hi")).await.unwrap().into_inner().message;
    assert_eq!(answer, format!("hi (from {})", server.address));
    std::fs::remove_file(path).unwrap();
}

/// A8: a server that hangs is found by PINGs, at their least interval.
async fn keepalive_finds_a_server_that_hangs(stack: Stack) {
    let case = Case { stack, tls: false };
    let mut server = case.server_with(Setup { process: true, ..Setup::default() }).await;
    let options = Http2Options {
        keepalive_interval: Some(Duration::from_secs(10)),
        keepalive_timeout: Duration::from_secs(1),
        ..Http2Options::default()
    };
    let target = format!("static:///{}", server.address);
    let mut client = EchoClient::new(case.builder(target).http2(options).build().unwrap());
    client.unary_echo(say("hi")).await.unwrap();
    server.child().freeze().await;
    let started = Instant::now();
    let status = within(20, client.unary_echo(say("hi"))).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{stack:?}: {status:?}");
    let took = started.elapsed();
    assert!((9..16).contains(&took.as_secs()), "{stack:?}: {took:?}");
}

#[tokio::test]
async fn keepalive_finds_servers_that_hang() {
    tokio::join!(
        keepalive_finds_a_server_that_hangs(Stack::Tonic),
        keepalive_finds_a_server_that_hangs(Stack::Grpcio),
    );
}
