//! Channels under real threads, over a network in memory: nothing is lost between a pick, a publication and a removal, and a
//! slow update holds nobody.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

use bytes::Bytes;
use evenkeel_channel::{Channel, Stats};
use evenkeel_core::{
    Address, BadUpdate, Choice, Endpoints, Instance, Policy, Snapshot, State,
    policies::{RoundRobin, RoundRobinConfig},
};
use evenkeel_discover::Manual;
use evenkeel_testkit::{Network, network::MemoryConnection};
use http::{Request, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};
use tower_service::Service;

const NAMES: [&str; 6] = ["a:1", "b:1", "c:1", "d:1", "e:1", "f:1"];

fn set(members: &[&str]) -> Snapshot {
    members.iter().map(|name| Instance::from(name.parse::<Address>().unwrap())).collect()
}

/// The gRPC status of one call.
async fn call(channel: &mut Channel<MemoryConnection>) -> String {
    let mut request = Request::new(Full::new(Bytes::from_static(b"\0\0\0\0\0")));
    request.headers_mut().insert(CONTENT_TYPE, "application/grpc".parse().unwrap());
    let response = channel.call(request).await.unwrap();
    let (head, body) = response.into_parts();
    let trailers = body.collect().await.unwrap().trailers().cloned().unwrap_or_default();
    let field =
        |name: &str| head.headers.get(name).or(trailers.get(name)).map(|v| v.to_str().unwrap().to_owned());
    format!("{} {}", field("grpc-status").unwrap(), field("grpc-message").unwrap_or_default())
}

/// H 113, C 53: four callers, a set that changes all the time, connections that close by GOAWAY, calls that are cancelled.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_call_is_lost_while_sets_change_and_connections_close() {
    let (network, source) = (Network::of(NAMES), Manual::new());
    source.set(set(&NAMES));
    let channel =
        Channel::builder("manual:///x").discover(source.clone()).build_over(network.clone()).unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let calls = Arc::new(AtomicU64::new(0));
    let callers: Vec<_> = (0..4)
        .map(|n| {
            let (mut channel, done, calls) = (channel.clone(), done.clone(), calls.clone());
            tokio::spawn(async move {
                while !done.load(SeqCst) {
                    if calls.fetch_add(1, SeqCst).is_multiple_of(17) && n == 0 {
                        // Given up at once: it must leave no place taken in any queue.
                        let _ = tokio::time::timeout(Duration::ZERO, call(&mut channel)).await;
                        continue;
                    }
                    assert_eq!(call(&mut channel).await, "0 ");
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for turn in 0..400_usize {
        // Never empty: two neighbours stay from one set to the next.
        let members: Vec<_> = (0..3).map(|n| NAMES[(turn / 2 + n) % NAMES.len()]).collect();
        source.set(set(&members));
        if turn % 3 == 0 {
            network.peer(members[1]).go_away();
        }
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
    done.store(true, SeqCst);
    for caller in callers {
        caller.await.unwrap();
    }
    assert!(calls.load(SeqCst) > 400, "{calls:?}");
    drop(channel);
    for _ in 0..200 {
        if network.leaks().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("left open: {:?}", network.leaks());
}

/// Set while an update is to take long; and how many updates did.
static SLOW: LazyLock<(AtomicBool, AtomicU64)> =
    LazyLock::new(|| (AtomicBool::new(false), AtomicU64::new(0)));

#[derive(Debug, Default)]
struct Slow(RoundRobin);

impl Policy for Slow {
    type Config = RoundRobinConfig;

    fn update(
        &mut self,
        set: &Snapshot,
        config: &RoundRobinConfig,
        e: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        if SLOW.0.load(SeqCst) {
            SLOW.1.fetch_add(1, SeqCst);
            std::thread::sleep(Duration::from_secs(1));
            SLOW.1.fetch_add(1, SeqCst);
        }
        self.0.update(set, config, e)
    }
}

/// H 115: picks take no lock, so while a publisher is held for a second they go on as before.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_publisher_that_is_held_holds_no_call() {
    let (network, source) = (Network::of(NAMES), Manual::new());
    source.set(set(&NAMES[..3]));
    let mut channel = Channel::builder("manual:///x")
        .discover(source.clone())
        .choice(Choice::of::<Slow>("slow", RoundRobinConfig::default()))
        .build_over(network.clone())
        .unwrap();
    channel.ready().await.unwrap();
    SLOW.0.store(true, SeqCst);
    source.set(set(&NAMES[..4]));
    // Not on tokio's clock: the worker that runs the update may be the one that would have looked at it.
    while SLOW.1.load(SeqCst) == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let before: Stats = channel.stats();
    let (mut calls, mut longest) = (0, Duration::ZERO);
    while SLOW.1.load(SeqCst) == 1 {
        let began = Instant::now();
        assert_eq!(call(&mut channel).await, "0 ");
        (calls, longest) = (calls + 1, longest.max(began.elapsed()));
    }
    SLOW.0.store(false, SeqCst);
    assert!(calls > 100, "{calls} calls, the longest took {longest:?}");
    assert!(longest < Duration::from_millis(500), "{longest:?}");
    assert!(before.publications > 0);
}
