use crate::support::{Case, Load, Server, Setup, on_every_server, say};
use evenkeel_channel::{CallOptions, Served};
use std::{collections::BTreeMap, time::Duration};
use tonic::Request;

on_every_server! {
    /// C 49, gRPC case 23: there is nothing to go to but the next connection to the same server.
    connections_recycled_every_30_ms_fail_no_call;
    /// C 49, gRPC case 23.
    connections_of_three_servers_recycled_every_30_ms_fail_no_call;
}

const SETUP: Setup =
    Setup { max_age: Some(Duration::from_millis(30)), identity: None, process: false, unix: false };

async fn connections_recycled_every_30_ms_fail_no_call(case: Case) {
    recycle(case, &[case.server_with(SETUP).await]).await;
}

async fn connections_of_three_servers_recycled_every_30_ms_fail_no_call(case: Case) {
    let servers =
        [case.server_with(SETUP).await, case.server_with(SETUP).await, case.server_with(SETUP).await];
    recycle(case, &servers).await;
}

async fn recycle(case: Case, servers: &[Server]) {
    let mut client = case.client(&servers.iter().collect::<Vec<_>>());
    let load = Load::new()
        .with(&client, 8, |_| "fast".into())
        .with(&client, 2, |n| format!("#sleep {}", 20 + n % 31));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let tally = load.stop().await;
    tally.assert_none_failed();
    assert!(tally.total() > 100, "{}", tally.total());
    // Each server tells how many connections it has had calls over.
    let mut connections = BTreeMap::new();
    while connections.len() < servers.len() {
        let mut request = Request::new(say("#peers"));
        request.extensions_mut().insert(CallOptions::new().report_server(true));
        let answer = client.unary_echo(request).await.unwrap();
        let served = answer.extensions().get::<Served>().unwrap().peer.address.clone();
        connections.insert(served.to_string(), answer.get_ref().message.parse::<usize>().unwrap());
    }
    assert!(connections.values().sum::<usize>() > 20, "{connections:?}");
}
