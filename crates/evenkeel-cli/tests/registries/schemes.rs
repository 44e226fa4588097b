//! The schemes that have no server of their own, or share one: `static`, `unix`, `dns`, `merge` and `first`.

use crate::{
    common::keel,
    watched::{Watched, instances},
};
use evenkeel_servers::{FileRegistry, Knot, Registry};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn named(list: &[&str]) -> Vec<(String, u64)> {
    list.iter().map(|at| ((*at).to_owned(), 1)).collect()
}

#[test]
fn what_never_changes_is_one_version() {
    for (target, address) in [
        ("static:///10.0.0.1:80", "10.0.0.1:80"),
        ("unix:///run/x.sock", "unix:/run/x.sock"),
        ("dns:///10.0.0.1:80", "10.0.0.1:80"),
        ("[::1]:80", "[::1]:80"),
        ("merge:///?of=static:///10.0.0.1:80", "10.0.0.1:80"),
        ("first:///?of=static:///10.0.0.1:80", "10.0.0.1:80"),
    ] {
        let run = keel(&["resolve", target, "--watch", "--for", "300ms", "--json"]);
        assert_eq!((run.code, run.stdout.lines().count()), (Some(0), 1), "{run:?}");
        let version = run.json();
        assert_eq!((&version["version"], instances(&version)), (&1.into(), named(&[address])), "{target}");
    }
}

/// F44, G-78: all addresses, and what changes within a second of the TTL's end.
#[tokio::test(flavor = "multi_thread")]
async fn the_addresses_of_a_name_are_followed() {
    let knot = Knot::start().await;
    let add = |ip: &str| format!("add many.test. 1 A {ip}\n");
    knot.update(&["127.0.0.1", "127.0.0.2", "127.0.0.3"].map(add).concat()).await;
    let target = format!("dns://{}/many.test:80?min_ttl=1s", knot.address());
    let mut watched = Watched::start(&target);
    let three = named(&["127.0.0.1:80", "127.0.0.2:80", "127.0.0.3:80"]);
    watched.until("three", 5 * SECOND, |v| instances(v) == three);
    knot.update(&format!("{}del many.test. A 127.0.0.2\n", add("127.0.0.4"))).await;
    let changed = named(&["127.0.0.1:80", "127.0.0.3:80", "127.0.0.4:80"]);
    let version = watched.until("changed", 2 * SECOND + SECOND / 2, |v| instances(v) == changed);
    assert_eq!(version["removed"], serde_json::json!(["127.0.0.2:80"]));
}

/// The first that answers, and back to it when it answers again.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_target_that_answers_counts() {
    let mut first = FileRegistry::start().await;
    first.put("127.0.0.1:80", 1).await;
    let target = format!("first:///?of={}&of=static:///127.0.0.2:80", first.target());
    let mut watched = Watched::start(&target);
    watched.until("the first", 5 * SECOND, |v| instances(v) == named(&["127.0.0.1:80"]));
    first.kill();
    watched.until("the second", 2 * SECOND, |v| instances(v) == named(&["127.0.0.2:80"]));
    first.restart().await;
    watched.until("the first again", 10 * SECOND, |v| instances(v) == named(&["127.0.0.1:80"]));
}
