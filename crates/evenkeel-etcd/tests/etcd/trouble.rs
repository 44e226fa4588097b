//! What a watch does when etcd, or the way to it, is in trouble.

use crate::common::{LATE, SOON, becomes, failure, next, open, seen, signal, target};
use evenkeel_core::Snapshot;
use evenkeel_discover::{Discover, Source, Watch};
use evenkeel_etcd::Etcd as EtcdSource;
use evenkeel_servers::{Etcd, Registry, free_ports};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::{Instant, timeout},
};

/// A 22: what happened between the set and the watch of changes is compacted away.
#[tokio::test]
async fn after_a_compaction_all_is_read_again() {
    let mut etcd = Etcd::start().await;
    etcd.put("10.0.0.1:80", 1).await;
    etcd.put("10.0.0.2:80", 1).await;
    let mut watch = open(&etcd.target());
    assert_eq!(next(&mut watch).await.len(), 2);
    etcd.remove("10.0.0.1:80").await;
    etcd.put("10.0.0.2:80", 7).await;
    etcd.put("10.0.0.3:80", 3).await;
    etcd.compact();
    let whole = [("10.0.0.2:80".to_owned(), 7), ("10.0.0.3:80".to_owned(), 3)];
    assert_eq!(seen(&next(&mut watch).await), whole, "one set, without an error");
    etcd.remove("10.0.0.2:80").await;
    becomes(&mut watch, SOON, &[("10.0.0.3:80", 3)]).await;
}

/// A 22.
#[tokio::test]
async fn a_compaction_under_a_watch_disturbs_nothing() {
    let mut etcd = Etcd::start().await;
    let mut watch = open(&etcd.target());
    assert!(next(&mut watch).await.is_empty());
    for weight in 1..=5 {
        etcd.put("10.0.0.1:80", weight).await;
        becomes(&mut watch, SOON, &[("10.0.0.1:80", weight)]).await;
        etcd.compact();
    }
}

/// A 2, F47: an error, not an empty set, and afterwards the same set.
#[tokio::test]
async fn a_killed_server_is_an_error_and_after_its_restart_all_is_there_once() {
    let mut etcd = Etcd::start().await;
    etcd.put("10.0.0.1:80", 1).await;
    etcd.put("10.0.0.2:80", 2).await;
    let want = [("10.0.0.1:80", 1), ("10.0.0.2:80", 2)];
    let mut watch = open(&etcd.target());
    becomes(&mut watch, SOON, &want).await;
    etcd.kill();
    failure(&mut watch, SOON).await;
    let error = failure(&mut open(&etcd.target()), SOON).await.to_string();
    assert!(error.contains(&format!("127.0.0.1:{}: ", etcd.port())), "{error}");
    etcd.restart().await;
    let mut watch = open(&etcd.target());
    assert_eq!(next(&mut watch).await.len(), 2);
    etcd.put("10.0.0.3:80", 3).await;
    becomes(&mut watch, SOON, &[want[0], want[1], ("10.0.0.3:80", 3)]).await;
}

/// clnv/etcd-rs#32: one dead server of those listed made the client unusable.
#[tokio::test]
async fn a_dead_server_among_those_listed_is_no_obstacle() {
    let mut etcd = Etcd::start().await;
    etcd.put("10.0.0.1:80", 1).await;
    let [dead] = free_ports();
    let source = EtcdSource::new();
    let both = target(&format!("etcd://127.0.0.1:{dead},127.0.0.1:{}/services/echo", etcd.port()));
    // Whichever is the first.
    for _ in 0..2 {
        let mut watch: Watch = Source::new(source.clone()).watch(&both);
        becomes(&mut watch, SOON, &[("10.0.0.1:80", 1)]).await;
    }
    etcd.kill();
    let mut watch: Watch = Source::new(source).watch(&both);
    let error = failure(&mut watch, SOON).await.to_string();
    assert!(error.starts_with("no server answered: "), "{error}");
    assert!(error.contains(&dead.to_string()) && error.contains(&etcd.port().to_string()), "{error}");
}

#[tokio::test]
async fn a_server_that_hangs_is_passed_over() {
    let mut etcd = Etcd::start().await;
    etcd.put("10.0.0.1:80", 1).await;
    let hung = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = hung.local_addr().unwrap().port();
    let source = EtcdSource::new();
    let both = target(&format!("etcd://127.0.0.1:{port},127.0.0.1:{}/services/echo", etcd.port()));
    for _ in 0..2 {
        let mut watch: Watch = Source::new(source.clone()).watch(&both);
        becomes(&mut watch, Duration::from_secs(4), &[("10.0.0.1:80", 1)]).await;
    }
    let begin = Instant::now();
    let error = failure(&mut open(&format!("etcd://127.0.0.1:{port}/x")), LATE).await;
    assert!(error.to_string().contains("no answer within 5s"), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(7));
}

/// A 60: there is no end of the connection to see, only silence.
#[tokio::test]
async fn a_server_that_freezes_under_a_watch_is_noticed() {
    let mut etcd = Etcd::start().await;
    let mut watch = open(&etcd.target());
    assert!(next(&mut watch).await.is_empty());
    etcd.put("10.0.0.1:80", 1).await;
    becomes(&mut watch, SOON, &[("10.0.0.1:80", 1)]).await;
    signal(etcd.id(), "STOP");
    failure(&mut watch, Duration::from_secs(17)).await;
}

#[tokio::test]
async fn a_member_that_lost_its_leader_ends_the_watch_and_is_passed_over() {
    let mut members = Etcd::start_cluster().await;
    members[0].put("10.0.0.1:80", 1).await;
    let mut watch = open(&members[0].target());
    becomes(&mut watch, LATE, &[("10.0.0.1:80", 1)]).await;
    members[1].kill();
    members[2].kill();
    let error = failure(&mut watch, LATE).await.to_string();
    assert!(error.contains("no leader"), "{error}");
    members[1].restart().await;
    signal(members[0].id(), "STOP");
    members[2].restart().await;
    let ports = members.each_ref().map(Etcd::port);
    let all =
        format!("etcd://127.0.0.1:{},127.0.0.1:{},127.0.0.1:{}/services/echo", ports[0], ports[1], ports[2]);
    becomes(&mut open(&all), LATE, &[("10.0.0.1:80", 1)]).await;
}

#[tokio::test]
async fn what_speaks_no_http2_is_an_error() {
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = other.local_addr().unwrap().port();
    let answer = async {
        let (mut stream, _) = other.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").await.unwrap();
        stream
    };
    let mut watch = open(&format!("etcd://127.0.0.1:{port}/x"));
    let (error, _) = tokio::join!(failure(&mut watch, SOON), answer);
    let error = error.to_string();
    assert!(error.contains(&port.to_string()) && error.contains("frame"), "it names the cause: {error}");
}

/// F41.
#[tokio::test]
async fn a_watch_does_nothing_before_it_is_polled_and_leaves_nothing_when_dropped() {
    let hung = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("etcd://127.0.0.1:{}/x", hung.local_addr().unwrap().port());
    let mut watch: Watch = Source::new(EtcdSource::new()).watch(&target(&url));
    assert!(timeout(Duration::from_millis(100), hung.accept()).await.is_err());
    let polled = timeout(Duration::from_millis(200), watch.next());
    let (answer, accepted) = tokio::join!(polled, hung.accept());
    assert!(answer.is_err());
    let (mut stream, _) = accepted.unwrap();
    drop(watch);
    let mut sent = Vec::new();
    timeout(SOON, stream.read_to_end(&mut sent)).await.expect("the connection is closed").unwrap();
    let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert_eq!(tasks, 0);
}

#[test]
fn a_bad_target_is_told_without_a_server() {
    let bad = target("etcd://127.0.0.1/x?wait=1");
    assert!(EtcdSource::new().check(&bad).is_err());
    let told: Vec<_> = futures_util::FutureExt::now_or_never(
        EtcdSource::new().watch(&bad).collect::<Vec<Result<Snapshot, _>>>(),
    )
    .unwrap();
    assert_eq!(told.len(), 1);
    assert!(told[0].as_ref().unwrap_err().to_string().contains("there is no option \"wait\""));
}
