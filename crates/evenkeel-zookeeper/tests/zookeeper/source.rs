use crate::seen::{SECOND, Seen};
use evenkeel_servers::{Registry, Zookeeper, free_ports};
use futures_util::{StreamExt, stream};
use tokio::time::Instant;

/// F47.
#[tokio::test]
async fn an_instance_that_comes_changes_or_goes_is_seen_within_a_second() {
    let mut server = Zookeeper::start().await;
    server.put("10.0.0.1:80", 1).await;
    let mut seen = Seen::of(&server.target());
    seen.becomes(5 * SECOND, &[("10.0.0.1:80", 1)]).await;
    for weight in [7, 0] {
        server.put("10.0.0.2:80", weight).await;
        seen.becomes(SECOND, &[("10.0.0.1:80", 1), ("10.0.0.2:80", weight)]).await;
    }
    server.remove("10.0.0.1:80").await;
    seen.becomes(SECOND, &[("10.0.0.2:80", 0)]).await;
    server.remove("10.0.0.2:80").await;
    seen.becomes(SECOND, &[]).await;
}

/// A 3: the answer that nobody has registered is an empty set, and not the last one.
#[tokio::test]
async fn a_service_that_is_created_later_is_empty_until_then() {
    let mut server = Zookeeper::start().await;
    let mut seen = Seen::of(&server.target());
    seen.becomes(5 * SECOND, &[]).await;
    for _ in 0..2 {
        server.put("10.0.0.1:80", 3).await;
        seen.becomes(SECOND, &[("10.0.0.1:80", 3)]).await;
        server.remove("10.0.0.1:80").await;
        server.control().delete("/services/echo", None).await.unwrap();
        seen.becomes(SECOND, &[]).await;
        server.control().delete("/services", None).await.unwrap();
    }
}

#[tokio::test]
async fn five_hundred_children_are_one_set() {
    let server = Zookeeper::start().await;
    server.write("/services/echo", b"").await;
    let names: Vec<_> = (0..500).map(|n| format!("/services/echo/10.0.{}.{}:80", n / 250, n % 250)).collect();
    stream::iter(&names).for_each_concurrent(32, |name| server.write(name, b"")).await;
    let mut seen = Seen::of(&server.target());
    assert_eq!(seen.set().await.len(), 500);
    server.write(&names[7], b"[::1]:7").await;
    seen.until(SECOND, |set| set.len() == 500 && set.iter().any(|i| i.name() == "[::1]:7")).await;
}

#[tokio::test]
async fn a_burst_of_a_thousand_changes_ends_in_the_newest_set() {
    let mut server = Zookeeper::start().await;
    server.put("10.0.0.1:80", 1).await;
    let mut seen = Seen::of(&server.target());
    seen.becomes(5 * SECOND, &[("10.0.0.1:80", 1)]).await;
    let begin = Instant::now();
    let changes = async {
        for n in 1..=1000 {
            server.put(&format!("10.0.0.{}:80", n % 3), n).await;
        }
        begin.elapsed()
    };
    let last = [("10.0.0.0:80", 999), ("10.0.0.1:80", 1000), ("10.0.0.2:80", 998)];
    let (took, ()) = tokio::join!(changes, seen.becomes(30 * SECOND, &last));
    assert!(begin.elapsed() < took + SECOND, "{:?} after {took:?}", begin.elapsed());
}

/// Peers skip what they cannot read in silence.
#[tokio::test]
async fn a_bad_record_is_left_out_and_reported() {
    let mut server = Zookeeper::start().await;
    server.put("10.0.0.1:80", 1).await;
    for (name, data) in [
        ("a", &b"nonsense"[..]),
        ("b", b"{\"address\":\"10.0.0.2:80\",\"weight\":-1}"),
        ("c", b"10.0.0.3\x1b[31m:80"),
        ("d", b"\xff\xfe"),
        ("election", b""),
    ] {
        server.write(&format!("/services/echo/{name}"), data).await;
    }
    server.write("/services/echo/10.0.0.9:80", b"").await;
    let mut seen = Seen::of(&server.target());
    let set = seen.set().await;
    assert_eq!(set.len(), 2);
    let dropped = format!("{:?}", set.dropped().unwrap());
    for name in ["a: ", "b: weight -1", "c: ", "d: it is not UTF-8", "election: "] {
        assert!(dropped.contains(name), "{name}: {dropped}");
    }
    assert!(!dropped.contains('\x1b'), "{dropped}");
    server.write("/services/echo/a", b"10.0.0.8:80").await;
    seen.until(SECOND, |set| set.len() == 3).await;
}

/// F47.
#[tokio::test]
async fn a_dead_server_of_the_list_is_passed_over() {
    let mut server = Zookeeper::start().await;
    server.put("10.0.0.1:80", 1).await;
    let [dead, dead_too] = free_ports();
    let target = format!(
        "zookeeper://127.0.0.1:{dead},127.0.0.1:{dead_too},127.0.0.1:{}/services/echo",
        server.port()
    );
    Seen::of(&target).becomes(2 * SECOND, &[("10.0.0.1:80", 1)]).await;
}

/// A 1.
#[tokio::test]
async fn no_server_at_all_is_one_error_and_the_end() {
    let [dead] = free_ports();
    let mut seen = Seen::of(&format!("zookeeper://u:secret@127.0.0.1:{dead}/services/echo"));
    let begin = Instant::now();
    let error = seen.error().await;
    assert!(error.contains(&format!("127.0.0.1:{dead}")) && !error.contains("secret"), "{error}");
    assert!(begin.elapsed() < 6 * SECOND, "{:?}", begin.elapsed());
    assert!(seen.next().await.is_none());
}
