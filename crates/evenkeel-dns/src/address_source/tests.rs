use super::*;
use crate::{
    refresh::Refresh,
    resolver::stub::{Say, Stub, name},
};
use evenkeel_discover::Watch;
use hickory_resolver::proto::rr::RecordType;
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;

fn open(stub: &Stub, refresh: Refresh) -> (Watch, Arc<Notify>) {
    let look =
        Addresses { resolver: stub.resolver(), name: name("x"), port: 80, last: Remembered::default() };
    let refreshed = Arc::new(Notify::new());
    (watch(look, refresh, refreshed.clone()).boxed(), refreshed)
}

async fn next(watch: &mut Watch) -> Vec<String> {
    watch.next().await.unwrap().unwrap().iter().map(|instance| instance.name()).collect()
}

/// Seconds with the jitter that may be on them.
fn about(time: Duration, seconds: u64) -> bool {
    (Duration::from_secs(seconds)..=Duration::from_millis(seconds * 1000 + 500)).contains(&time)
}

/// F44, G-78, A 18: three addresses are three instances; a TTL of 30 s is asked after in 30 s, one of 0 in 5 s, one of 2^31 in an hour.
#[tokio::test(start_paused = true)]
async fn each_address_is_an_instance_and_the_ttl_says_when_to_look_again() {
    let stub = Stub::default();
    let (mut watch, _) = open(&stub, Refresh::Ttl(Refresh::FLOOR));
    stub.addresses("x", 30, &["10.0.0.3", "10.0.0.1", "10.0.0.2"]);
    assert_eq!(next(&mut watch).await, ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"]);
    for (ttl, wait) in [(0, 30), (1 << 31, 5), (30, 3600)] {
        stub.addresses("x", ttl, &["10.0.0.4"]);
        let began = Instant::now();
        assert_eq!(next(&mut watch).await, ["10.0.0.4:80"]);
        assert!(about(began.elapsed(), wait), "{ttl}: {:?}", began.elapsed());
    }
}

/// The TTL of "there is nothing" (60 s here) is obeyed too.
#[tokio::test(start_paused = true)]
async fn an_empty_answer_is_an_empty_set_and_looked_at_again() {
    let stub = Stub::default();
    let (mut watch, _) = open(&stub, Refresh::Ttl(Refresh::FLOOR));
    assert!(next(&mut watch).await.is_empty());
    let began = Instant::now();
    stub.addresses("x", 30, &["10.0.0.1"]);
    assert_eq!(next(&mut watch).await, ["10.0.0.1:80"]);
    assert!(about(began.elapsed(), 60), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_fixed_pace_does_not_care_for_the_ttl() {
    let stub = Stub::default();
    let (mut watch, _) = open(&stub, Refresh::Every(Duration::from_secs(7)));
    for ttl in [1, 3600, 1] {
        stub.addresses("x", ttl, &["10.0.0.1"]);
        next(&mut watch).await;
    }
    assert!((14_000..=15_400).contains(&{
        let began = Instant::now();
        next(&mut watch).await;
        next(&mut watch).await;
        began.elapsed().as_millis()
    }));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_looks_at_once() {
    let stub = Stub::default();
    let (mut watch, refreshed) = open(&stub, Refresh::Ttl(Refresh::FLOOR));
    stub.addresses("x", 3600, &["10.0.0.1"]);
    next(&mut watch).await;
    let began = Instant::now();
    let later = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        refreshed.notify_waiters();
    };
    tokio::join!(next(&mut watch), later);
    assert_eq!(began.elapsed(), Duration::from_secs(2));
}

/// A 2, A 16, A 17: an error is told, and ends the watch, which whoever watches starts again.
#[tokio::test(start_paused = true)]
async fn an_error_ends_the_watch() {
    let stub = Stub::default();
    let (mut watch, _) = open(&stub, Refresh::Ttl(Refresh::FLOOR));
    stub.addresses("x", 30, &["10.0.0.1"]);
    next(&mut watch).await;
    stub.say("x", RecordType::A, Say::Fail);
    stub.say("x", RecordType::AAAA, Say::Fail);
    let error = watch.next().await.unwrap().unwrap_err();
    assert!(error.to_string().starts_with("A x.: "), "{error}");
    assert!(watch.next().await.is_none());
}

/// An error of one family takes none of its addresses away, and its end brings the news.
#[tokio::test(start_paused = true)]
async fn a_family_that_fails_keeps_what_it_had() {
    let stub = Stub::default();
    let (mut watch, _) = open(&stub, Refresh::Ttl(Refresh::FLOOR));
    stub.addresses("x", 30, &["10.0.0.1"]);
    stub.addresses("x", 30, &["::1"]);
    assert_eq!(next(&mut watch).await, ["10.0.0.1:80", "[::1]:80"]);
    stub.addresses("x", 30, &["10.0.0.2"]);
    stub.say("x", RecordType::AAAA, Say::Fail);
    assert_eq!(next(&mut watch).await, ["10.0.0.2:80", "[::1]:80"]);
    stub.addresses("x", 30, &["::2"]);
    assert_eq!(next(&mut watch).await, ["10.0.0.2:80", "[::2]:80"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_before_the_first_poll_nor_after_the_drop() {
    let stub = Stub::default();
    let (mut watch, _) = open(&stub, Refresh::Ttl(Refresh::FLOOR));
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(stub.asked().is_empty());
    next(&mut watch).await;
    assert_eq!(stub.asked().len(), 2);
    drop(watch);
    tokio::time::sleep(Duration::from_secs(7200)).await;
    assert!(stub.asked().is_empty());
}

#[tokio::test]
async fn an_ip_address_is_known_without_dns() {
    let target = Target::parse("dns:///10.0.0.1:80").unwrap();
    let set = Dns::default().known(&target).unwrap().unwrap();
    assert_eq!(set[0].name(), "10.0.0.1:80");
    let mut watch = Box::pin(Dns::default().watch(&target));
    assert_eq!(watch.next().await.unwrap().unwrap(), set);
    assert!(futures_util::poll!(watch.next()).is_pending());
    assert!(Dns::default().known(&Target::parse("dns:///x:80").unwrap()).is_none());
}

#[test]
fn a_mistake_in_a_target_is_found_without_asking() {
    for (target, why) in [
        ("dns:///", "the host is empty"),
        ("dns:///x:", "the port behind the colon is missing"),
        ("dns:///x:70000", "out of 1..=65535"),
        ("dns:///a/b", "a host name has"),
        ("x:1?sever=1", "no option"),
        ("dns:///10.0.0.1:80?sever=1", "no option"),
    ] {
        let error = Dns::default().check(&Target::parse(target).unwrap()).unwrap_err().to_string();
        assert!(error.contains(why), "{target}: {error}");
    }
    Dns::default().check(&Target::parse("dns://127.0.0.1:5353/x.y:80?min_ttl=1s").unwrap()).unwrap();
}

#[tokio::test]
async fn a_watch_of_a_bad_target_is_one_error() {
    let mut watch = Box::pin(Dns::default().watch(&Target::parse("dns:///x:0").unwrap()));
    assert!(matches!(watch.next().await, Some(Err(DiscoverError::Target(_)))));
    assert!(watch.next().await.is_none());
}
