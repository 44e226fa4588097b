use crate::support::{Case, Load, Server, established, on_every_server};
use evenkeel_core::{Address, Instance, Snapshot};
use evenkeel_discover::Manual;
use evenkeel_echo::echo_client::EchoClient;
use std::time::{Duration, Instant};

on_every_server! {
    /// C 53.
    removing_an_instance_under_load_loses_no_call;
}

fn set(servers: &[&Server]) -> Snapshot {
    servers.iter().map(|server| Instance::from(server.address.parse::<Address>().unwrap())).collect()
}

async fn removing_an_instance_under_load_loses_no_call(case: Case) {
    let (first, second, third) = (case.server().await, case.server().await, case.server().await);
    let found = Manual::new();
    found.set(set(&[&first, &second, &third]));
    let channel = case.builder("manual:///target.test").discover(found.clone()).connect().await.unwrap();
    let client = EchoClient::new(channel);
    let load = Load::new().with(&client, 8, |_| "fast".into()).with(&client, 4, |_| "#sleep 100".into());
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(established(third.port()), 1);
    found.set(set(&[&first, &second]));
    let removed = Instant::now();
    while established(third.port()) > 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // The slow calls ended first, and nothing else kept it.
    let closed = removed.elapsed();
    assert!(closed < Duration::from_millis(500), "{closed:?}");
    found.set(set(&[&first, &second, &third]));
    tokio::time::sleep(Duration::from_millis(300)).await;
    found.set(set(&[&first]));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let again = Instant::now();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let tally = load.stop().await;
    tally.assert_none_failed();
    assert_eq!(tally.answered.len(), 3);
    for gone in [&second, &third] {
        assert!(tally.last_start[&gone.address] < again);
        assert_eq!(established(gone.port()), 0);
    }
    assert!(tally.last_start[&first.address] > again);
}
