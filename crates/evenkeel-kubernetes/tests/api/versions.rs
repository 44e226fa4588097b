//! Versions: bookmarks, compaction, pages.

use super::{SOON, Watched};
use evenkeel_servers::{EndpointState, KubernetesFake, Registry, endpoint, slice};
use std::time::Duration;

const TWO: [(&str, u32); 2] = [("10.0.0.1:80", 1), ("10.0.0.2:80", 1)];

async fn two() -> KubernetesFake {
    let mut fake = KubernetesFake::start().await;
    fake.put("10.0.0.1:80", 1).await;
    fake.put("10.0.0.2:80", 1).await;
    fake
}

/// What other services do moves the version on. Of that only bookmarks tell; a watch that begins at one needs no list.
#[tokio::test]
async fn a_watch_that_ends_goes_on_from_its_newest_bookmark_without_a_list() {
    let mut fake = two().await;
    fake.faults(|faults| {
        faults.bookmark_every = Some(Duration::from_millis(100));
        faults.longest_watch = Some(Duration::from_millis(1200));
    });
    let mut watched = Watched::at(&fake);
    watched.becomes(&TWO, SOON).await;
    for n in 0..10 {
        let other = format!("other-{n}");
        fake.apply(slice("default", &other, "other", &[], &[endpoint("10.0.9.9", EndpointState::Ready)]));
    }
    for _ in 0..2 {
        watched.rests().await;
    }
    // All before now is forgotten: only the bookmark is new enough.
    fake.compact();
    for _ in 0..3 {
        watched.rests().await;
    }
    fake.remove("10.0.0.1:80").await;
    watched.becomes(&TWO[1..], SOON).await;
    let asked = fake.asked();
    assert!(asked.0 == 1 && asked.1 >= 2, "lists and watches: {asked:?}");
}

/// A 22, in both ways in which it is told.
#[tokio::test]
async fn a_version_that_is_compacted_away_is_listed_again_and_nothing_is_lost_or_doubled() {
    for as_status in [false, true] {
        let mut fake = two().await;
        fake.put("10.0.0.4:81", 1).await;
        fake.faults(|faults| {
            faults.longest_watch = Some(Duration::from_millis(200));
            faults.gone_is_status = as_status;
        });
        let mut watched = Watched::at(&fake);
        watched.becomes(&[TWO[0], TWO[1], ("10.0.0.4:81", 1)], SOON).await;
        watched.rests().await;
        // Between two watches some go, a whole slice with one of them, and one comes, and all that is forgotten.
        fake.remove("10.0.0.4:81").await;
        fake.remove("10.0.0.1:80").await;
        fake.put("10.0.0.3:80", 1).await;
        fake.compact();
        watched.becomes(&[("10.0.0.2:80", 1), ("10.0.0.3:80", 1)], 2 * SOON).await;
        assert_eq!(fake.asked().0, 2, "as a status: {as_status}");
    }
}

#[tokio::test]
async fn a_list_of_many_slices_is_asked_for_in_pages() {
    let fake = KubernetesFake::start().await;
    let ips: Vec<String> = (0..25).map(|n| format!("10.0.0.{n}")).collect();
    for (n, ip) in ips.iter().enumerate() {
        let name = format!("echo-{n}");
        fake.apply(slice("default", &name, "echo", &[("grpc", 80)], &[endpoint(ip, EndpointState::Ready)]));
    }
    let want: Vec<String> = ips.iter().map(|ip| format!("{ip}:80")).collect();
    let mut want: Vec<(&str, u32)> = want.iter().map(|name| (name.as_str(), 1)).collect();
    want.sort_unstable();
    fake.faults(|faults| faults.page = Some(7));
    Watched::at(&fake).becomes(&want, SOON).await;
    assert_eq!((fake.asked().0, fake.connections().1), (1, 1));
    // Begun again where it is compacted away in its middle.
    fake.faults(|faults| faults.compact_after_first_page = true);
    Watched::at(&fake).becomes(&want, SOON).await;
    assert_eq!(fake.asked().0, 3);
}

#[tokio::test]
async fn other_errors_in_a_watch_end_it() {
    for (line, why) in [
        (
            r#"{"type":"ERROR","object":{"kind":"Status","code":500,"message":"etcd is\u001b down"}}"#,
            "500: etcd is\\u{1b} down",
        ),
        (r#"{"type":"ADDED","object":{"metadata":{}}}"#, "the watch: an event of kind ADDED without a name"),
        (r#"{"type":"ADDED""#, "the watch: EOF"),
        (r#"{"type":"NEWS","object":{}}"#, "an event of an unknown kind"),
        ("<html>", "the watch: expected value"),
    ] {
        let fake = two().await;
        fake.faults(|faults| faults.line = Some(line.to_owned()));
        let error = Watched::at(&fake).fails().await.to_string();
        assert!(error.contains(why), "{error}");
    }
}

/// A slice that cannot be read is left out, with its reason, and taken in once it can be.
#[tokio::test]
async fn a_bad_slice_in_a_watch_is_left_out_until_it_is_good() {
    let mut fake = two().await;
    let mut watched = Watched::at(&fake);
    watched.becomes(&TWO, SOON).await;
    let (namespace, service) = KubernetesFake::SERVICE;
    let mut bad =
        slice(namespace, "echo-bad", service, &[("grpc", 80)], &[endpoint("10.0.0.3", EndpointState::Ready)]);
    bad["endpoints"] = serde_json::json!("none");
    fake.apply(bad.clone());
    let set = futures_util::StreamExt::next(&mut watched.watch).await.unwrap().unwrap();
    assert_eq!(set.len(), 2);
    assert!(set.dropped().unwrap().reasons[0].starts_with("echo-bad: "), "{:?}", set.dropped());
    fake.put("10.0.0.3:80", 1).await;
    fake.delete(namespace, "echo-bad");
    watched.becomes(&[TWO[0], TWO[1], ("10.0.0.3:80", 1)], SOON).await;
}
