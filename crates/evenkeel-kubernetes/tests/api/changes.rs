//! What happens to a service, as the source sees it.

use super::{SOON, Watched, want};
use evenkeel_discover::{Discover, Source, Target};
use evenkeel_kubernetes::Kubernetes;
use evenkeel_servers::{EndpointState, KubernetesFake, Registry, endpoint, slice};
use futures_util::StreamExt;
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

#[tokio::test]
async fn instances_appear_drain_and_disappear_within_a_second() {
    let mut fake = KubernetesFake::start().await;
    let mut watched = Watched::at(&fake);
    watched.becomes(&[], SOON).await;
    fake.put("127.0.0.1:5001", 1).await;
    watched.becomes(&[("127.0.0.1:5001", 1)], SOON).await;
    fake.put("127.0.0.1:5002", 7).await;
    fake.put("[::1]:5001", 1).await;
    watched.becomes(&[("127.0.0.1:5001", 1), ("127.0.0.1:5002", 1), ("[::1]:5001", 1)], SOON).await;
    fake.put("127.0.0.1:5001", 0).await;
    watched.becomes(&[("127.0.0.1:5001", 0), ("127.0.0.1:5002", 1), ("[::1]:5001", 1)], SOON).await;
    fake.remove("127.0.0.1:5001").await;
    fake.remove("[::1]:5001").await;
    watched.becomes(&[("127.0.0.1:5002", 1)], SOON).await;
    fake.put("127.0.0.1:5002", 0).await;
    let set = timeout(SOON, watched.watch.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(super::view(&set), want(&[("127.0.0.1:5002", 1)]), "none is ready");
    fake.remove("127.0.0.1:5002").await;
    watched.becomes(&[], SOON).await;
    assert_eq!(fake.asked(), (1, 1));
}

#[tokio::test]
async fn slices_of_other_services_and_namespaces_do_not_count() {
    let fake = KubernetesFake::start().await;
    let one = |namespace: &str, name: &str, service: &str, ip: &str| {
        slice(namespace, name, service, &[("grpc", 80)], &[endpoint(ip, EndpointState::Ready)])
    };
    fake.apply(one("shop", "echo-1", "echo", "10.0.0.1"));
    fake.apply(one("shop", "echo-2", "echo-2", "10.0.0.2"));
    fake.apply(one("bank", "echo-1", "echo", "10.0.0.3"));
    let mut watched =
        Watched::of(&Kubernetes::default(), &format!("kubernetes:///shop/echo?server={}", fake.url()));
    watched.becomes(&[("10.0.0.1:80", 1)], SOON).await;
    fake.apply(one("bank", "echo-2", "echo", "10.0.0.4"));
    watched.rests().await;
    // A slice that is handed to another service is gone from this one.
    fake.apply(one("shop", "echo-2", "echo", "10.0.0.2"));
    watched.becomes(&[("10.0.0.1:80", 1), ("10.0.0.2:80", 1)], SOON).await;
    fake.apply(one("shop", "echo-2", "echo-2", "10.0.0.2"));
    watched.becomes(&[("10.0.0.1:80", 1)], SOON).await;
}

/// Changes that come together are one set: a pod of two families does not show up with one of them first.
#[tokio::test]
async fn slices_that_change_together_are_one_set() {
    let mut fake = KubernetesFake::start().await;
    fake.put("10.0.0.9:80", 1).await;
    let mut watched = Watched::at(&fake);
    watched.becomes(&[("10.0.0.9:80", 1)], SOON).await;
    let pod = |ip: &str| {
        let mut pod = endpoint(ip, EndpointState::Ready);
        pod["targetRef"] = json!({"kind": "Pod", "name": "echo-0", "uid": "u"});
        slice("default", &format!("echo-{}", ip.len()), "echo", &[("grpc", 80)], &[pod])
    };
    fake.apply(pod("10.0.0.1"));
    fake.apply(pod("fd00::1"));
    let set = timeout(SOON, watched.watch.next()).await.unwrap().unwrap().unwrap();
    let pod = set.iter().find(|instance| instance.tag("pod").is_some()).unwrap();
    let addresses: Vec<_> = pod.addresses().iter().map(ToString::to_string).collect();
    assert_eq!(addresses, ["10.0.0.1:80", "[fd00::1]:80"]);
}

/// Nobody who changes things all the time keeps a set from being told.
#[tokio::test]
async fn a_stream_of_changes_is_told_several_times_a_second() {
    let mut fake = KubernetesFake::start().await;
    fake.put("10.0.0.1:80", 1).await;
    let mut watched = Watched::at(&fake);
    watched.becomes(&[("10.0.0.1:80", 1)], SOON).await;
    let changing = async {
        for port in 1000..1100 {
            fake.put(&format!("10.0.0.2:{port}"), 1).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let counting = async {
        let mut sets = 0;
        while watched.watch.next().await.unwrap().unwrap().len() < 101 {
            sets += 1;
        }
        sets
    };
    let ((), sets) = tokio::join!(changing, counting);
    assert!((2..=20).contains(&sets), "{sets} sets of 100 changes");
}

#[tokio::test]
async fn a_change_among_ten_thousand_endpoints_is_seen_within_a_second() {
    let mut fake = KubernetesFake::start().await;
    for n in 0..100 {
        let ips: Vec<String> = (0..100).map(|m| format!("10.0.{n}.{m}")).collect();
        let endpoints: Vec<_> = ips.iter().map(|ip| endpoint(ip, EndpointState::Ready)).collect();
        fake.apply(slice("default", &format!("echo-{n}"), "echo", &[("grpc", 80)], &endpoints));
    }
    let mut watched = Watched::at(&fake);
    let set = timeout(10 * SOON, watched.watch.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(set.len(), 10_000);
    fake.put("10.1.0.0:80", 1).await;
    let set = timeout(SOON, watched.watch.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(set.len(), 10_001);
}

/// The watch goes on, so that the port is seen when it comes.
#[tokio::test]
async fn a_port_that_no_slice_has_is_an_error_until_it_comes() {
    let mut fake = KubernetesFake::start().await;
    fake.put("10.0.0.1:80", 1).await;
    let target: Target = format!("kubernetes:///default/echo:web?server={}", fake.url()).parse().unwrap();
    let mut watch = Source::new(Kubernetes::default()).watch(&target);
    let error = timeout(SOON, watch.next()).await.unwrap().unwrap().unwrap_err().to_string();
    assert!(error.contains("service \"echo\": want a port named \"web\"; there are: grpc (80)"), "{error}");
    fake.apply(slice(
        "default",
        "echo-v4-80",
        "echo",
        &[("web", 8080)],
        &[endpoint("10.0.0.1", EndpointState::Ready)],
    ));
    let set = timeout(SOON, watch.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(super::view(&set), want(&[("10.0.0.1:8080", 1)]));
}

/// Dropping a watch ends its connection.
#[tokio::test]
async fn nothing_is_asked_before_the_first_poll_or_after_the_drop() {
    let fake = KubernetesFake::start().await;
    let source = Kubernetes::default();
    let watch = source.watch(&fake.target().parse().unwrap());
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(fake.asked(), (0, 0));
    drop(watch);
    let mut watched = Watched::at(&fake);
    watched.becomes(&[], SOON).await;
    watched.rests().await;
    assert_eq!((fake.asked(), fake.connections()), ((1, 1), (1, 1)));
    drop(watched);
    let gone = async {
        while fake.connections().0 > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(SOON, gone).await.expect("the connection is closed");
}
