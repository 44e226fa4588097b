//! API servers that are down.

use super::{SOON, Watched, view, want};
use evenkeel_discover::Source;
use evenkeel_kubernetes::Kubernetes;
use evenkeel_servers::{KubernetesFake, Registry, free_ports};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, timeout},
};

/// A 2, A 16: the last set serves; what changed meanwhile is seen once the server is back.
#[tokio::test]
async fn a_server_that_is_killed_for_five_seconds_costs_no_instance() {
    let mut fake = KubernetesFake::start().await;
    fake.put("10.0.0.1:80", 1).await;
    fake.put("10.0.0.2:80", 1).await;
    let source = Source::new(Kubernetes::default());
    let mut follow = source.follow(&fake.target().parse().unwrap()).unwrap();
    let known = follow.first().await.unwrap();
    assert_eq!(view(known.set.as_ref().unwrap()), want(&[("10.0.0.1:80", 1), ("10.0.0.2:80", 1)]));
    fake.kill();
    fake.remove("10.0.0.1:80").await;
    fake.put("10.0.0.3:80", 1).await;
    fake.compact();
    let down = Instant::now() + Duration::from_secs(5);
    let mut is_told = false;
    while let Ok(known) = tokio::time::timeout_at(down, follow.next()).await {
        assert_eq!(known.set.as_ref().unwrap().len(), 2);
        is_told |= known.error.is_some();
    }
    assert!(is_told, "the error is told while it lasts");
    fake.restart().await;
    let back = async {
        loop {
            let known = follow.next().await;
            if known.error.is_none() {
                return view(known.set.as_ref().unwrap());
            }
        }
    };
    // The back-off after three or four failures is at most 4.1 s and a fifth.
    let seen = timeout(Duration::from_secs(6), back).await.expect("seen again");
    assert_eq!(seen, want(&[("10.0.0.2:80", 1), ("10.0.0.3:80", 1)]));
}

/// A server that is restarted at once is asked from where the watch was, and not for a list.
#[tokio::test]
async fn a_connection_that_breaks_costs_no_list() {
    let mut fake = KubernetesFake::start().await;
    fake.put("10.0.0.1:80", 1).await;
    let mut watched = Watched::at(&fake);
    watched.becomes(&[("10.0.0.1:80", 1)], SOON).await;
    watched.rests().await;
    fake.kill();
    fake.restart().await;
    fake.put("10.0.0.2:80", 1).await;
    watched.becomes(&[("10.0.0.1:80", 1), ("10.0.0.2:80", 1)], 2 * SOON).await;
    assert_eq!(fake.asked().0, 1);
}

#[tokio::test]
async fn a_server_that_is_not_there_or_is_none_is_an_error_and_not_an_empty_set() {
    let [port] = free_ports();
    let target = format!("kubernetes:///echo?server=http://127.0.0.1:{port}");
    let error = Watched::of(&Kubernetes::default(), &target).fails().await.to_string();
    assert!(error.contains(&format!("127.0.0.1:{port}: ")), "{error}");

    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let serving = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let hello = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
            stream.write_all(hello).await.unwrap();
        }
    });
    let error = Watched::of(&Kubernetes::default(), &target).fails().await.to_string();
    assert!(error.contains("the list of slices: missing field"), "{error}");
    serving.abort();
}
