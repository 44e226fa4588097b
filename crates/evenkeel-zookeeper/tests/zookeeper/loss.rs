use crate::{
    line::Line,
    seen::{SECOND, Seen},
};
use evenkeel_discover::{Known, Source, Target};
use evenkeel_servers::{Registry, Zookeeper};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep, timeout};

/// A 2: the loss is told within seconds, and so is the set once it is there again.
#[tokio::test]
async fn a_server_that_is_killed_for_five_seconds_is_an_error_and_then_the_set() {
    let mut server = Zookeeper::start().await;
    server.put("10.0.0.1:80", 4).await;
    let mut seen = Seen::of(&format!("{}?session=20s", server.target()));
    seen.becomes(5 * SECOND, &[("10.0.0.1:80", 4)]).await;
    server.kill();
    let killed = Instant::now();
    let error = seen.error().await;
    assert!(error.contains("the connection to ZooKeeper is lost"), "{error}");
    assert!(killed.elapsed() < SECOND, "{:?}", killed.elapsed());
    sleep(5 * SECOND).await;
    server.restart().await;
    seen.becomes(10 * SECOND, &[("10.0.0.1:80", 4)]).await;
    server.put("10.0.0.1:80", 5).await;
    seen.becomes(SECOND, &[("10.0.0.1:80", 5)]).await;
}

/// Etcd's client and others lose what changed while they were away.
#[tokio::test]
async fn what_changed_during_a_loss_shorter_than_the_session_is_seen_after_it() {
    let mut server = Zookeeper::start().await;
    for address in ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"] {
        server.put(address, 1).await;
    }
    let line = Line::to(server.port()).await;
    let mut seen = Seen::of(&line.target("20s"));
    seen.until(5 * SECOND, |set| set.len() == 3).await;
    let sessions = server.sessions().await;
    for round in 2..5 {
        line.cut();
        seen.error().await;
        server.put("10.0.0.1:80", round).await;
        server.remove("10.0.0.2:80").await;
        server.put(&format!("10.0.1.{round}:80"), round).await;
        line.mend();
        let name = format!("10.0.1.{round}:80");
        seen.becomes(10 * SECOND, &[("10.0.0.1:80", round), ("10.0.0.3:80", 1), (&name, round)]).await;
        server.remove(&name).await;
        seen.becomes(SECOND, &[("10.0.0.1:80", round), ("10.0.0.3:80", 1)]).await;
    }
    assert_eq!(server.sessions().await, sessions, "it is the same session");
    line.cut();
    seen.error().await;
    line.mend();
    seen.becomes(10 * SECOND, &[("10.0.0.1:80", 4), ("10.0.0.3:80", 1)]).await;
}

#[tokio::test]
async fn a_peer_that_falls_silent_is_noticed() {
    let mut server = Zookeeper::start().await;
    server.put("10.0.0.1:80", 1).await;
    let line = Line::to(server.port()).await;
    let mut seen = Seen::of(&line.target("1m"));
    seen.set().await;
    line.freeze();
    let begin = Instant::now();
    seen.error().await;
    assert!(begin.elapsed() < 6 * SECOND, "{:?}", begin.elapsed());
    line.mend();
    seen.becomes(10 * SECOND, &[("10.0.0.1:80", 1)]).await;
}

/// A 1.
#[tokio::test]
async fn a_server_that_accepts_and_says_nothing_is_an_error_within_the_bound() {
    let server = Zookeeper::start().await;
    let line = Line::to(server.port()).await;
    line.freeze();
    let begin = Instant::now();
    let mut seen = Seen::of(&line.target("1m"));
    let error = seen.error().await;
    assert!(error.contains(&format!("no session with ZooKeeper at 127.0.0.1:{}", line.port)), "{error}");
    assert!(begin.elapsed() < 6 * SECOND, "{:?}", begin.elapsed());
    assert!(seen.next().await.is_none());
}

/// A 16, F47.
#[tokio::test]
async fn a_session_that_the_server_has_expired_ends_the_watch_and_the_next_converges() {
    let mut server = Zookeeper::start().await;
    server.put("10.0.0.1:80", 1).await;
    let line = Line::to(server.port()).await;
    let sessions = server.sessions().await;
    let mut seen = Seen::of(&line.target("2s"));
    seen.set().await;
    line.cut();
    seen.error().await;
    while server.sessions().await > sessions {
        sleep(SECOND / 20).await;
    }
    server.put("10.0.0.2:80", 1).await;
    line.mend();
    let error = seen.error().await;
    assert!(error.contains("the session with ZooKeeper has ended"), "{error}");
    assert!(seen.next().await.is_none());
    Seen::of(&line.target("2s")).becomes(5 * SECOND, &[("10.0.0.1:80", 1), ("10.0.0.2:80", 1)]).await;
}

fn len(known: &Known) -> usize {
    known.set.as_ref().map_or(0, |set| set.len())
}

/// A 16.
#[tokio::test]
async fn whoever_watches_has_the_newest_set_soon_after_a_server_was_away_for_longer_than_the_session() {
    let mut server = Zookeeper::start().await;
    server.put("10.0.0.1:80", 1).await;
    let target = Target::parse(&format!("{}?session=2s", server.target())).unwrap();
    let source = Source::new(evenkeel_zookeeper::Zookeeper);
    let mut follow = source.follow(&target).unwrap();
    assert_eq!(len(&*follow.next().await), 1);
    server.kill();
    let mut errors = Vec::new();
    let end = Instant::now() + 5 * SECOND;
    while let Ok(known) = tokio::time::timeout_at(end, follow.next()).await {
        assert_eq!(len(&known), 1, "the last good set serves");
        errors.push(known.error.as_ref().unwrap().to_string());
    }
    assert!((2..8).contains(&errors.len()), "{errors:?}");
    server.restart().await;
    server.put("10.0.0.2:80", 1).await;
    let converge = async { while len(&*follow.next().await) != 2 {} };
    timeout(10 * SECOND, converge).await.expect("the newest set");
}

/// The client's crate never gets the watches of so many children back on a new connection; a new session does.
#[tokio::test]
async fn a_change_among_thousands_of_children_during_a_loss_is_seen() {
    let server = Zookeeper::start().await;
    server.write("/services/echo", b"").await;
    let name = |n: usize| format!("/services/echo/instance-{n}.a-rather-long-name.example:80");
    let all: Vec<_> = (0..4000).map(name).collect();
    stream::iter(&all).for_each_concurrent(32, |name| server.write(name, b"")).await;
    let line = Line::to(server.port()).await;
    let target = Target::parse(&line.target("20s")).unwrap();
    let source = Source::new(evenkeel_zookeeper::Zookeeper);
    let mut follow = source.follow(&target).unwrap();
    assert_eq!(len(&*follow.next().await), 4000);
    line.cut();
    assert!(follow.next().await.is_stale());
    for n in [0, 2000, 3999] {
        server.write(&name(n), format!("10.0.0.{}:80", n / 1000).as_bytes()).await;
    }
    line.mend();
    let is_new = |known: &Known| {
        known.set.iter().flat_map(|set| set.iter()).filter(|i| i.name().starts_with("10.0.0.")).count() == 3
    };
    let converge = async { while !is_new(&*follow.next().await) {} };
    timeout(10 * SECOND, converge).await.expect("the newest set");
}
