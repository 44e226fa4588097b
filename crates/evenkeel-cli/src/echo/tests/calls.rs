//! What calls are answered.

use std::time::{Duration, Instant};

use evenkeel_echo::SERVER_STREAM_MESSAGES;
use evenkeel_echo::health::{HealthCheckRequest, ServingStatus};
use futures_util::stream;
use tonic::Code;

use super::harness::{request, start};

#[tokio::test]
async fn all_four_kinds_of_calls_are_echoed() {
    let server = start(&[]).await;
    let mut client = server.echo().await;
    let from = |message: &str| format!("{message} (from {})", server.address);

    let answer = client.unary_echo(request("one")).await.expect("an answer");
    assert_eq!(answer.into_inner().message, from("one"));

    let mut answers = client.server_streaming_echo(request("two")).await.expect("answers").into_inner();
    let mut count = 0;
    while let Some(answer) = answers.message().await.expect("no error") {
        assert_eq!(answer.message, from("two"));
        count += 1;
    }
    assert_eq!(count, SERVER_STREAM_MESSAGES);

    let requests = stream::iter(["three", "four"].map(request));
    let answer = client.client_streaming_echo(requests).await.expect("an answer");
    assert_eq!(answer.into_inner().message, from("four"));

    let requests = stream::iter(["five", "six"].map(request));
    let mut answers = client.bidirectional_streaming_echo(requests).await.expect("answers").into_inner();
    for message in ["five", "six"] {
        assert_eq!(answers.message().await.expect("no error").expect("an answer").message, from(message));
    }
    assert_eq!(answers.message().await.expect("no error"), None);
}

#[tokio::test]
async fn the_root_greets_over_http_1() {
    let server = start(&[]).await;
    let answer = server.http("GET /").await;
    let body = format!("\r\n\r\nthis is examples/customloadbalancing (from {})\n", server.address);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(&body), "{answer}");
    for line in ["GET /other", "POST /", "GET /grpc.examples.echo.EchoX/UnaryEcho"] {
        assert!(server.http(line).await.starts_with("HTTP/1.1 404 "), "{line}");
    }
}

#[tokio::test]
async fn answers_show_the_advertised_address_or_the_name() {
    for (flags, shown) in [
        (&["--advertise", "example.com:80"][..], "example.com:80"),
        (&["--advertise", "example.com:80", "--name", "blue"][..], "blue"),
    ] {
        let answer = start(flags).await.http("GET /").await;
        assert!(answer.ends_with(&format!(" (from {shown})\n")), "{answer}");
    }
}

#[tokio::test]
async fn every_call_fails_at_a_rate_of_1() {
    let server = start(&["--fail-rate", "1", "--fail-code", "RESOURCE_EXHAUSTED", "--delay", "1h"]).await;
    let mut client = server.echo().await;
    let status = client.unary_echo(request("hello")).await.expect_err("a failure");
    assert_eq!((status.code(), status.message()), (Code::ResourceExhausted, "failed on purpose"));
    let requests = stream::repeat(request("hello"));
    let status = client.bidirectional_streaming_echo(requests).await.expect_err("a failure");
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(server.http("GET /").await.starts_with("HTTP/1.1 503 "));
}

#[tokio::test]
async fn every_answer_waits_for_the_delay() {
    let server = start(&["--delay", "30ms", "--jitter", "1ms"]).await;
    let began = Instant::now();
    server.http("GET /").await;
    assert!(began.elapsed() >= Duration::from_millis(30));
    let mut client = server.echo().await;
    let began = Instant::now();
    let requests = stream::iter(["one", "two"].map(request));
    let mut answers = client.bidirectional_streaming_echo(requests).await.expect("answers").into_inner();
    while answers.message().await.expect("no error").is_some() {}
    assert!(began.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn health_is_what_it_was_set_to() {
    let server = start(&["--health", "NOT_SERVING"]).await;
    let mut client = server.health_client().await;
    let ask = || HealthCheckRequest::default();
    let mut watch = client.watch(ask()).await.expect("a watch").into_inner();
    for status in [ServingStatus::NotServing, ServingStatus::Serving, ServingStatus::NotServing] {
        let told = watch.message().await.expect("no error").expect("a status");
        assert_eq!(told.status(), status);
        assert_eq!(client.check(ask()).await.expect("a status").into_inner().status(), status);
        server.health.toggle();
    }
}

#[tokio::test]
async fn an_unknown_service_is_unimplemented() {
    let server = start(&[]).await;
    let mut grpc = tonic::client::Grpc::new(server.channel().await);
    grpc.ready().await.expect("a connection");
    let path = http::uri::PathAndQuery::from_static("/grpc.examples.echo.Nobody/UnaryEcho");
    let codec = tonic_prost::ProstCodec::<evenkeel_echo::EchoRequest, evenkeel_echo::EchoResponse>::default();
    let status = grpc.unary(tonic::Request::new(request("hello")), path, codec).await.expect_err("a failure");
    assert_eq!(status.code(), Code::Unimplemented);
}
