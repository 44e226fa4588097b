//! Against Knot, a real DNS server.
#![allow(clippy::unwrap_used, reason = "a test may")]

use evenkeel_core::Snapshot;
use evenkeel_discover::{Discover, DiscoverError, Target, Watch};
use evenkeel_dns::{Dns, Srv};
use evenkeel_servers::{Knot, Registry};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// A second, the TTL and its jitter.
const SOON: Duration = Duration::from_millis(2200);

fn dns(knot: &Knot, path: &str) -> Watch {
    let target = Target::parse(&format!("dns://{}/{path}?min_ttl=1s", knot.address())).unwrap();
    Box::pin(Dns::default().watch(&target))
}

fn srv(target: &str) -> Watch {
    Box::pin(Srv::default().watch(&Target::parse(target).unwrap()))
}

/// `addresses priority weight` of each instance.
fn shown(set: &Snapshot) -> Vec<String> {
    let addresses = |i: &evenkeel_core::Instance| {
        i.addresses().iter().map(ToString::to_string).collect::<Vec<_>>().join("|")
    };
    set.iter().map(|i| format!("{} {} {}", addresses(i), i.priority(), i.weight())).collect()
}

async fn answer(watch: &mut Watch) -> Result<Snapshot, DiscoverError> {
    timeout(Duration::from_secs(12), watch.next()).await.unwrap().unwrap()
}

/// Waits for this set, and says how long that took.
async fn becomes(watch: &mut Watch, want: &[&str]) -> Duration {
    let began = Instant::now();
    loop {
        let seen = shown(&answer(watch).await.unwrap());
        if seen == want {
            return began.elapsed();
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{seen:?}, want {want:?}");
    }
}

/// F44, G-78: all addresses of both families, and a change is seen within a second of the TTL's end.
#[tokio::test]
async fn the_addresses_of_a_name_come_change_and_go() {
    let knot = Knot::start().await;
    let records = ["A 10.0.0.3", "A 10.0.0.1", "A 10.0.0.2", "AAAA ::2"];
    knot.update(&records.map(|r| format!("add a.test. 1 {r}")).join("\n")).await;
    let mut watch = dns(&knot, "a.test:80");
    let all = ["10.0.0.1:80 0 1", "10.0.0.2:80 0 1", "10.0.0.3:80 0 1", "[::2]:80 0 1"];
    becomes(&mut watch, &all).await;
    knot.update("del a.test. A 10.0.0.2\nadd a.test. 1 A 10.0.0.9").await;
    let changed = ["10.0.0.1:80 0 1", "10.0.0.3:80 0 1", "10.0.0.9:80 0 1", "[::2]:80 0 1"];
    let took = becomes(&mut watch, &changed).await;
    assert!(took < SOON, "{took:?}");
    knot.update("del a.test.").await;
    assert!(becomes(&mut watch, &[]).await < SOON);
    knot.update("add a.test. 1 A 10.0.0.1").await;
    assert!(becomes(&mut watch, &["10.0.0.1:80 0 1"]).await < SOON);
}

/// The TTL, not the floor, says when to look again.
#[tokio::test]
async fn a_ttl_above_the_floor_is_obeyed() {
    let knot = Knot::start().await;
    knot.update("add a.test. 3 A 10.0.0.1").await;
    let mut watch = dns(&knot, "a.test:80");
    becomes(&mut watch, &["10.0.0.1:80 0 1"]).await;
    knot.update("del a.test.\nadd a.test. 3 A 10.0.0.2").await;
    let took = becomes(&mut watch, &["10.0.0.2:80 0 1"]).await;
    assert!((Duration::from_millis(2500)..Duration::from_secs(4)).contains(&took), "{took:?}");
}

#[tokio::test]
async fn aliases_are_followed_and_one_of_nothing_is_empty() {
    let knot = Knot::start().await;
    knot.update("add a.test. 1 CNAME b.test.\nadd b.test. 1 CNAME c.test.\nadd c.test. 1 A 10.0.0.1").await;
    becomes(&mut dns(&knot, "a.test:80"), &["10.0.0.1:80 0 1"]).await;
    knot.update("del c.test.").await;
    becomes(&mut dns(&knot, "a.test:80"), &[]).await;
}

/// A 17: an answer empties the set, silence does not.
#[tokio::test]
async fn a_name_that_does_not_exist_is_empty_and_a_dead_server_is_an_error() {
    let mut knot = Knot::start().await;
    becomes(&mut dns(&knot, "none.test:80"), &[]).await;
    let error = answer(&mut dns(&knot, "other.zone:80")).await.unwrap_err();
    assert!(error.to_string().contains("Refused"), "{error}");
    knot.update("add a.test. 1 A 10.0.0.1").await;
    let mut watch = dns(&knot, "a.test:80");
    becomes(&mut watch, &["10.0.0.1:80 0 1"]).await;
    knot.kill();
    assert!(answer(&mut watch).await.is_err());
    assert!(watch.next().await.is_none());
}

/// F45, A 20: priorities, weights, several addresses of one target, and what is bad among the good.
#[tokio::test]
async fn srv_records_have_priorities_and_weights_and_the_bad_are_left_out() {
    let knot = Knot::start().await;
    let service = |text: &str| format!("add _x._tcp.test. 1 SRV {text}\n");
    let records = ["10 60 1 a.test.", "10 40 2 b.test.", "10 0 3 b.test.", "20 0 4 b.test."];
    let bad = ["10 1 0 a.test.", "10 1 5 gone.test.", "10 1 6 elsewhere.zone."];
    let records: String = records.iter().chain(&bad).map(|text| service(text)).collect();
    let hosts = "add a.test. 1 A 10.0.0.1\nadd a.test. 1 AAAA ::1\nadd b.test. 1 A 10.0.0.2\n";
    knot.update(&(hosts.to_owned() + &records)).await;
    let mut watch = srv(&format!("srv:///_x._tcp.test?server={}&min_ttl=1s", knot.address()));
    let set = answer(&mut watch).await.unwrap();
    let want = ["10.0.0.1:1|[::1]:1 10 60", "10.0.0.2:2 10 40", "10.0.0.2:3 10 0", "10.0.0.2:4 20 1"];
    assert_eq!(shown(&set), want);
    let dropped = set.dropped().unwrap();
    assert_eq!(dropped.count, 3, "{dropped}");
    knot.update("del _x._tcp.test. SRV\nadd _x._tcp.test. 1 SRV 0 0 0 .").await;
    becomes(&mut watch, &[]).await;
}

/// What the tests that every source must pass do: put, change, remove, kill, restart.
#[tokio::test]
async fn instances_of_srv_records_come_change_and_go() {
    let mut knot = Knot::start().await;
    let mut watch = srv(&knot.target());
    becomes(&mut watch, &[]).await;
    knot.put("127.0.0.1:1001", 1).await;
    assert!(becomes(&mut watch, &["127.0.0.1:1001 0 1"]).await < SOON);
    knot.put("127.0.0.1:1002", 7).await;
    knot.put("127.0.0.1:1001", 0).await;
    assert!(becomes(&mut watch, &["127.0.0.1:1001 0 0", "127.0.0.1:1002 0 7"]).await < SOON);
    knot.remove("127.0.0.1:1001").await;
    assert!(becomes(&mut watch, &["127.0.0.1:1002 0 7"]).await < SOON);
    knot.kill();
    assert!(answer(&mut watch).await.is_err());
    assert!(watch.next().await.is_none());
    knot.restart().await;
    becomes(&mut srv(&knot.target()), &["127.0.0.1:1002 0 7"]).await;
}

/// A watch that is dropped leaves no task behind.
#[tokio::test]
async fn a_dropped_watch_leaves_nothing_behind() {
    let knot = Knot::start().await;
    let many: Vec<_> = (1..=200).map(|n| format!("add a.test. 1 A 10.0.1.{n}")).collect();
    knot.update(&many.join("\n")).await;
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let mut watch = dns(&knot, "a.test:80");
    assert_eq!(answer(&mut watch).await.unwrap().len(), 200, "over TCP, as they do not fit otherwise");
    assert!(tasks() > before, "the connection has a task of its own");
    drop(watch);
    let end = Instant::now() + Duration::from_secs(5);
    while tasks() > before && Instant::now() < end {
        tokio::task::yield_now().await;
    }
    assert_eq!(tasks(), before);
}
