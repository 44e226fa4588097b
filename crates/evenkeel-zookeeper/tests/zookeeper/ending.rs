use crate::{
    line::Line,
    seen::{SECOND, Seen},
};
use evenkeel_servers::{Registry, Zookeeper};
use tokio::{
    runtime::Handle,
    time::{Instant, sleep},
};

/// Waits until it is so, with a bound.
async fn holds(within: std::time::Duration, is: impl AsyncFn() -> bool) {
    let end = Instant::now() + within;
    while !is().await {
        assert!(Instant::now() < end, "not within {within:?}");
        sleep(SECOND / 50).await;
    }
}

fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

#[tokio::test]
async fn a_watch_that_is_dropped_closes_its_session() {
    let mut server = Zookeeper::start().await;
    server.put("10.0.0.1:80", 1).await;
    let (sessions, alive) = (server.sessions().await, tasks());
    let mut seen = Seen::of(&server.target());
    assert_eq!((server.sessions().await, tasks()), (sessions, alive), "nothing before it is polled");
    seen.set().await;
    assert_eq!(server.sessions().await, sessions + 1);
    drop(seen);
    holds(SECOND, async || server.sessions().await == sessions && tasks() == alive).await;
}

/// The client's crate would go on trying to connect until the session has expired.
#[tokio::test]
async fn a_watch_that_is_dropped_without_a_connection_leaves_no_task() {
    let mut server = Zookeeper::start().await;
    server.put("10.0.0.1:80", 1).await;
    let line = Line::to(server.port()).await;
    let alive = tasks();
    let mut seen = Seen::of(&line.target("1m"));
    seen.set().await;
    line.cut();
    seen.error().await;
    drop(seen);
    holds(SECOND, async || tasks() == alive).await;
}

#[tokio::test]
async fn a_watch_that_is_dropped_on_a_frozen_line_leaves_no_task_after_two_seconds() {
    let mut server = Zookeeper::start().await;
    server.put("10.0.0.1:80", 1).await;
    let line = Line::to(server.port()).await;
    let alive = tasks();
    let mut seen = Seen::of(&line.target("1m"));
    seen.set().await;
    line.freeze();
    drop(seen);
    // The line has a task for the connection, which it holds.
    holds(2 * SECOND, async || tasks() <= alive + 1).await;
}
