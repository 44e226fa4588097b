//! What a watch of a real etcd tells.

use crate::common::{SOON, becomes, next, open, seen, stays};
use evenkeel_servers::{Etcd, Registry};
use std::time::Duration;

/// F47: each change is seen within a second.
#[tokio::test]
async fn instances_come_change_their_weight_and_go() {
    let mut etcd = Etcd::start().await;
    let mut watch = open(&etcd.target());
    assert!(next(&mut watch).await.is_empty(), "an empty prefix is an answer");
    etcd.put("10.0.0.1:80", 1).await;
    becomes(&mut watch, SOON, &[("10.0.0.1:80", 1)]).await;
    etcd.put("10.0.0.2:80", 5).await;
    becomes(&mut watch, SOON, &[("10.0.0.1:80", 1), ("10.0.0.2:80", 5)]).await;
    etcd.put("10.0.0.1:80", 0).await;
    becomes(&mut watch, SOON, &[("10.0.0.1:80", 0), ("10.0.0.2:80", 5)]).await;
    etcd.remove("10.0.0.1:80").await;
    becomes(&mut watch, SOON, &[("10.0.0.2:80", 5)]).await;
    etcd.remove("10.0.0.2:80").await;
    becomes(&mut watch, SOON, &[]).await;
}

/// Go kit's prefix has no separator, so that `foo` takes in `foobar`.
#[tokio::test]
async fn a_service_does_not_see_another_whose_name_begins_with_its_own() {
    let etcd = Etcd::start().await;
    etcd.put_value("/svc/foo/a", "10.0.0.1:80");
    etcd.put_value("/svc/foobar/a", "10.0.0.2:80");
    etcd.put_value("/svc/foo", "10.0.0.3:80");
    let mut watch = open(&format!("etcd://127.0.0.1:{}/svc/foo", etcd.port()));
    assert_eq!(seen(&next(&mut watch).await), [("10.0.0.1:80".to_owned(), 1)]);
    etcd.put_value("/svc/foobar/b", "10.0.0.4:80");
    etcd.put_value("/svc/foo-bar/b", "10.0.0.4:80");
    stays(&mut watch, Duration::from_millis(300)).await;
}

#[tokio::test]
async fn keys_with_and_without_a_slash_before_them_are_one_service() {
    let etcd = Etcd::start().await;
    etcd.put_value("/svc/a", "10.0.0.1:80");
    etcd.put_value("svc/b", "10.0.0.2:80");
    let url = |rest: &str| format!("etcd://127.0.0.1:{}/{rest}", etcd.port());
    let mut both = open(&url("svc"));
    becomes(&mut both, SOON, &[("10.0.0.1:80", 1), ("10.0.0.2:80", 1)]).await;
    let mut with = open(&url("/svc"));
    becomes(&mut with, SOON, &[("10.0.0.1:80", 1)]).await;
    let mut without = open(&url("svc?slash=no"));
    becomes(&mut without, SOON, &[("10.0.0.2:80", 1)]).await;
    etcd.put_value("svc/c", "10.0.0.3:80");
    etcd.put_value("/svc/d", "10.0.0.4:80");
    let all = [("10.0.0.1:80", 1), ("10.0.0.2:80", 1), ("10.0.0.3:80", 1), ("10.0.0.4:80", 1)];
    becomes(&mut both, SOON, &all).await;
    becomes(&mut with, SOON, &[("10.0.0.1:80", 1), ("10.0.0.4:80", 1)]).await;
    becomes(&mut without, SOON, &[("10.0.0.2:80", 1), ("10.0.0.3:80", 1)]).await;
}

/// F46: three formats in one service.
#[tokio::test]
async fn formats_may_be_mixed_and_their_weights_made_comparable() {
    let etcd = Etcd::start().await;
    etcd.put_value(
        "kitex/registry-etcd/echo/1",
        r#"{"network":"tcp","address":"10.0.0.1:80","weight":20,"tags":{"zone":"a"}}"#,
    );
    etcd.put_value(
        "kitex/registry-etcd/echo/2",
        r#"{"network":"tcp","address":"10.0.0.2:80","weight":0,"tags":null}"#,
    );
    etcd.put_value("kitex/registry-etcd/echo/3", r#"{"address":"10.0.0.3:80","weight":3}"#);
    etcd.put_value("kitex/registry-etcd/echo/4", "http://10.0.0.4:80");
    let url = format!("etcd://127.0.0.1:{}/kitex/registry-etcd/echo?slash=no&weight_scale=10", etcd.port());
    let mut watch = open(&url);
    let want = [("10.0.0.1:80", 20), ("10.0.0.2:80", 10), ("10.0.0.3:80", 30), ("10.0.0.4:80", 10)];
    let set = becomes(&mut watch, SOON, &want).await;
    assert_eq!(set[0].tag("zone"), Some("a"));
    assert!(set.dropped().is_none());
}

#[tokio::test]
async fn bad_records_are_left_out_and_reported() {
    let etcd = Etcd::start().await;
    etcd.put_value("/svc/good", "10.0.0.1:80");
    etcd.put_value("/svc/port", "10.0.0.2:0");
    etcd.put_value("/svc/weight", r#"{"address":"10.0.0.3:80","weight":"5"}"#);
    etcd.put_value("/svc/bell\u{7}", "10.0.0.4\u{1b}[31m:80");
    etcd.put_value("/svc/long", &"x".repeat(1 << 20));
    let mut watch = open(&format!("etcd://127.0.0.1:{}/svc", etcd.port()));
    let set = becomes(&mut watch, SOON, &[("10.0.0.1:80", 1)]).await;
    let dropped = set.dropped().unwrap().to_string();
    assert!(dropped.starts_with("4 left out: "), "{dropped}");
    for part in ["/svc/port", "/svc/weight", "/svc/long", "0..=4294967295"] {
        assert!(dropped.contains(part), "{part}: {dropped}");
    }
    assert!(dropped.len() < 4_000 && !dropped.chars().any(char::is_control), "{dropped}");
    etcd.put_value("/svc/port", "10.0.0.2:81");
    let set = becomes(&mut watch, SOON, &[("10.0.0.1:80", 1), ("10.0.0.2:81", 1)]).await;
    assert_eq!(set.dropped().unwrap().count, 3);
}

/// More than one page of a range.
#[tokio::test]
async fn many_keys_are_read_page_by_page() {
    let etcd = Etcd::start().await;
    let address = |n: usize| format!("10.0.{}.{}:80", n / 250, n % 250);
    let records = |from, to| (from..to).map(|n| (format!("/svc/{n}"), address(n))).collect::<Vec<_>>();
    etcd.put_values(&records(0, 2_500));
    let mut watch = open(&format!("etcd://127.0.0.1:{}/svc", etcd.port()));
    assert_eq!(next(&mut watch).await.len(), 2_500);
    etcd.put_values(&records(2_500, 3_000));
    while next(&mut watch).await.len() < 3_000 {}
    etcd.ctl(&["del", "--prefix", "/svc/"]);
    becomes(&mut watch, SOON, &[]).await;
}

/// Whoever may write a key below the prefix cannot keep others from being read.
#[tokio::test]
async fn long_values_make_pages_shorter() {
    let etcd = Etcd::start().await;
    let long = "x".repeat(1_400_000);
    for n in 0..50 {
        etcd.put_value(&format!("/svc/{n}"), &long);
    }
    etcd.put_value("/svc/good", "10.0.0.1:80");
    let mut watch = open(&format!("etcd://127.0.0.1:{}/svc", etcd.port()));
    let set = next(&mut watch).await;
    assert_eq!((set.len(), set.dropped().unwrap().count), (1, 50));
}

/// An answer of some MiB comes in parts, and still is one set.
#[tokio::test]
async fn a_long_answer_in_parts_is_one_set() {
    let etcd = Etcd::start().await;
    let record =
        |n: usize| format!(r#"{{"address":"10.0.0.{n}:80","tags":{{"a":"{}"}}}}"#, "x".repeat(1 << 20));
    let mut watch = open(&format!("etcd://127.0.0.1:{}/svc", etcd.port()));
    assert!(next(&mut watch).await.is_empty());
    // Before the watch of changes has begun: it is told of all at once.
    for n in 1..=6 {
        etcd.put_value(&format!("/svc/{n}"), &record(n));
    }
    assert_eq!(next(&mut watch).await.len(), 6);
}

#[tokio::test]
async fn a_key_goes_with_its_lease() {
    let etcd = Etcd::start().await;
    let granted = etcd.ctl(&["lease", "grant", "2"]);
    let lease = granted.split(' ').nth(1).unwrap();
    etcd.ctl(&["put", "--lease", lease, "/svc/a", "10.0.0.1:80"]);
    let mut watch = open(&format!("etcd://127.0.0.1:{}/svc", etcd.port()));
    becomes(&mut watch, SOON, &[("10.0.0.1:80", 1)]).await;
    becomes(&mut watch, Duration::from_secs(5), &[]).await;
}
