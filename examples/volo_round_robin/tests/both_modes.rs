//! One policy, two modes, and the suite.

#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use evenkeel_balance::{Balancer, CallSpec};
use evenkeel_channel::Channel;
use evenkeel_core::{Registry, policies};
use evenkeel_testkit::{Network, policy_suite};
use http::Request;
use http_body_util::Empty;
use std::time::Duration;
use tower_service::Service;
use volo_round_robin::VoloRoundRobin;

const TARGET: &str = "static:///a:1,b:1,c:1,d:1;weight=0";

fn registry() -> Registry {
    policies::registry().with::<VoloRoundRobin>().unwrap()
}

#[test]
fn it_keeps_the_promises_of_every_policy() {
    policy_suite::check(&registry().default_of("volo_round_robin").unwrap());
}

/// F58: instance mode. Each in turn, a retry elsewhere, a drained one never.
#[test]
fn in_instance_mode_it_picks_for_a_caller_that_connects_by_itself() {
    let balancer = Balancer::builder(TARGET).registry(registry()).policy("volo_round_robin").build().unwrap();
    let call = CallSpec::new();
    let mut firsts = Vec::new();
    for _ in 0..6 {
        let mut attempts = balancer.pick(&call).unwrap();
        let first = attempts.next().unwrap();
        firsts.push(first.name());
        first.unsent();
        assert_ne!(attempts.next().unwrap().name(), firsts[firsts.len() - 1]);
    }
    assert_eq!(firsts, ["a:1", "b:1", "c:1"].repeat(2));
}

/// F58: connection mode, the same policy.
#[tokio::test(start_paused = true)]
async fn in_connection_mode_it_picks_among_connections() {
    let network = Network::of(["a:1", "b:1", "c:1", "d:1"]);
    let builder = Channel::builder(TARGET).registry(registry()).policy("volo_round_robin");
    let mut channel = builder.build_over(network.clone()).unwrap();
    channel.ready().await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    for _ in 0..9 {
        channel.call(Request::post("/a/b").body(Empty::<Bytes>::new()).unwrap()).await.unwrap();
    }
    assert_eq!(["a:1", "b:1", "c:1", "d:1"].map(|address| network.peer(address).calls()), [3, 3, 3, 0]);
}
