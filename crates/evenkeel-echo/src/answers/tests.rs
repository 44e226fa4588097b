use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{TryStreamExt, pin_mut};
use tokio::time::{Instant, sleep};

use super::*;
use crate::echo_client::EchoClient;
use crate::echo_server::EchoServer;

fn client(answers: Answers) -> EchoClient<EchoServer<Answers>> {
    EchoClient::new(EchoServer::new(answers))
}

fn request(message: &str) -> EchoRequest {
    EchoRequest { message: message.to_owned() }
}

async fn all(answers: Streaming<EchoResponse>) -> Vec<String> {
    answers.map_ok(|answer| answer.message).try_collect().await.expect("a stream without an error")
}

#[tokio::test]
async fn a_unary_call_gets_one_answer() {
    let answer = client(Answers::new("here")).unary_echo(request("hello")).await.expect("an answer");
    assert_eq!(answer.into_inner().message, "hello (from here)");
}

#[tokio::test]
async fn a_server_streaming_call_gets_ten_copies() {
    let answers =
        client(Answers::new("here")).server_streaming_echo(request("hello")).await.expect("answers");
    assert_eq!(all(answers.into_inner()).await, vec!["hello (from here)"; SERVER_STREAM_MESSAGES]);
}

#[tokio::test]
async fn a_client_streaming_call_gets_the_last_message() {
    let mut client = client(Answers::new("here"));
    let requests = stream::iter(["one", "two", "three"].map(request));
    let answer = client.client_streaming_echo(requests).await.expect("an answer");
    assert_eq!(answer.into_inner().message, "three (from here)");
    let nothing = client.client_streaming_echo(stream::empty()).await.expect("an answer to nothing");
    assert_eq!(nothing.into_inner().message, " (from here)");
}

#[tokio::test]
async fn a_bidirectional_call_gets_each_message_in_order() {
    let requests = stream::iter(["one", "two"].map(request));
    let answers = client(Answers::new("here")).bidirectional_streaming_echo(requests).await.expect("answers");
    assert_eq!(all(answers.into_inner()).await, ["one (from here)", "two (from here)"]);
}

#[tokio::test]
async fn a_request_is_read_only_when_its_answer_is_wanted() {
    let read = AtomicUsize::new(0);
    let requests = stream::repeat_with(|| {
        read.fetch_add(1, Ordering::Relaxed);
        Ok(request("again"))
    });
    let answers = Answers::new("here").echoes(requests);
    pin_mut!(answers);
    for wanted in 1..=3 {
        answers.next().await.expect("an answer").expect("no error");
        assert_eq!(read.load(Ordering::Relaxed), wanted);
    }
}

#[tokio::test]
async fn a_broken_request_breaks_the_answers() {
    let requests = stream::iter([Ok(request("one")), Err(Status::cancelled("gone"))]);
    let mut answers = std::pin::pin!(Answers::new("here").echoes(requests));
    answers.next().await.expect("an answer").expect("no error");
    let broken = answers.next().await.expect("an end").expect_err("an error");
    assert_eq!(broken.code(), tonic::Code::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn every_answer_waits_for_its_pace() {
    let mut client = client(Answers::new("here").paced(|| sleep(Duration::from_secs(1))));
    let began = Instant::now();
    client.unary_echo(request("hello")).await.expect("an answer");
    assert_eq!(began.elapsed().as_secs(), 1);
    let answers = client.server_streaming_echo(request("hello")).await.expect("answers");
    all(answers.into_inner()).await;
    assert_eq!(began.elapsed().as_secs(), 11);
}
