use crate::support::{Case, established, on_every_server, say, static_target};
use evenkeel_core::Connectivity;
use evenkeel_echo::echo_client::EchoClient;
use std::time::Duration;

on_every_server! {
    /// H 116.
    dropping_the_last_channel_closes_its_sockets;
    /// H 116: a call in flight keeps its connection, and nothing else.
    a_call_in_flight_outlives_its_channel;
    an_unused_channel_closes_its_sockets_and_connects_again;
}

async fn until_closed(port: u16) {
    while established(port) > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn dropping_the_last_channel_closes_its_sockets(case: Case) {
    let (first, second) = (case.server().await, case.server().await);
    let channel = case.builder(static_target([&first.address, &second.address])).connect().await.unwrap();
    let mut client = EchoClient::new(channel.clone());
    while established(first.port()) + established(second.port()) < 2 {
        client.unary_echo(say("hi")).await.unwrap();
    }
    drop(channel);
    client.unary_echo(say("hi")).await.unwrap();
    assert_eq!((established(first.port()), established(second.port())), (1, 1));
    drop(client);
    until_closed(first.port()).await;
    until_closed(second.port()).await;
}

async fn a_call_in_flight_outlives_its_channel(case: Case) {
    let server = case.server().await;
    let mut client = case.client(&[&server]);
    let call = tokio::spawn(async move { client.unary_echo(say("#sleep 300")).await });
    let answer = call.await.unwrap().unwrap();
    assert!(answer.get_ref().message.starts_with("#sleep"));
    until_closed(server.port()).await;

    let mut client = case.client(&[&server]);
    let mut answers = client.server_streaming_echo(say("#sleep 20")).await.unwrap().into_inner();
    drop(client);
    let mut count = 0;
    while answers.message().await.unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 10);
    drop(answers);
    until_closed(server.port()).await;
}

async fn an_unused_channel_closes_its_sockets_and_connects_again(case: Case) {
    let server = case.server().await;
    let idle = Duration::from_millis(200);
    let channel = case.builder(static_target([&server.address])).idle_timeout(Some(idle)).build().unwrap();
    let mut client = EchoClient::new(channel.clone());
    for round in 1..=3 {
        client.unary_echo(say("hi")).await.unwrap();
        assert_eq!((channel.state(), established(server.port())), (Connectivity::Ready, 1), "round {round}");
        until_closed(server.port()).await;
        assert_eq!(channel.state(), Connectivity::Idle, "round {round}");
    }
    // A call that takes longer than the timeout is no idleness.
    client.unary_echo(say("#sleep 600")).await.unwrap();
    assert_eq!(client.unary_echo(say("#peers")).await.unwrap().into_inner().message, "4");
}
