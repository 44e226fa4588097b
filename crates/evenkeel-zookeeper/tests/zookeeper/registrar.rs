use crate::{
    line::Line,
    seen::{SECOND, Seen},
};
use evenkeel_core::{Address, Instance};
use evenkeel_discover::{Registrar, Registration, Target};
use evenkeel_servers::{Registry, Zookeeper};
use evenkeel_zookeeper::ZookeeperRegistrar;
use tokio::time::{Instant, sleep};
use zookeeper_client::Error;

fn registrar(target: &str) -> ZookeeperRegistrar {
    ZookeeperRegistrar::new(&Target::parse(target).unwrap()).unwrap()
}

fn instance(addresses: &[&str], weight: u32) -> Instance {
    let addresses = addresses.iter().map(|text| text.parse::<Address>().unwrap());
    Instance::new(addresses).with_weight(weight).with_tag("zone", "a")
}

#[tokio::test]
async fn what_is_registered_is_read_back_whole() {
    let server = Zookeeper::start().await;
    let mut seen = Seen::of(&server.target());
    seen.becomes(5 * SECOND, &[]).await;
    let whole = instance(&["unix:/run/echo.sock", "10.0.0.1:80"], 7).with_priority(2);
    let kept = registrar(&server.target()).register(&whole).await.unwrap();
    let set = seen.until(SECOND, |set| set.len() == 1).await;
    assert_eq!(*set[0], whole);
    let drained = whole.with_weight(0);
    kept.update(&drained).await.unwrap();
    let set = seen.until(SECOND, |set| set.iter().all(|i| i.is_drained())).await;
    assert_eq!(*set[0], drained);
    kept.deregister().await.unwrap();
    seen.becomes(SECOND, &[]).await;
    kept.deregister().await.unwrap();
}

#[tokio::test]
async fn a_registration_that_is_dropped_is_gone_at_once() {
    let server = Zookeeper::start().await;
    let sessions = server.sessions().await;
    let kept = registrar(&server.target()).register(&instance(&["10.0.0.1:80"], 1)).await.unwrap();
    let mut seen = Seen::of(&server.target());
    seen.becomes(5 * SECOND, &[("10.0.0.1:80", 1)]).await;
    drop(kept);
    seen.becomes(SECOND, &[]).await;
    drop(seen);
    let end = Instant::now() + SECOND;
    while server.sessions().await != sessions {
        assert!(Instant::now() < end, "a session is left");
        sleep(SECOND / 50).await;
    }
}

/// F48.
#[tokio::test]
async fn a_node_that_somebody_deletes_is_registered_again() {
    let server = Zookeeper::start().await;
    let _kept = registrar(&server.target()).register(&instance(&["10.0.0.1:80"], 1)).await.unwrap();
    let mut seen = Seen::of(&server.target());
    for _ in 0..2 {
        seen.becomes(5 * SECOND, &[("10.0.0.1:80", 1)]).await;
        server.control().delete("/services/echo/10.0.0.1:80", None).await.unwrap();
    }
    seen.becomes(2 * SECOND, &[("10.0.0.1:80", 1)]).await;
}

/// F48.
#[tokio::test]
async fn an_expired_session_is_replaced_and_the_instance_registered_again() {
    let server = Zookeeper::start().await;
    let line = Line::to(server.port()).await;
    let mut kept = registrar(&line.target("2s")).register(&instance(&["10.0.0.1:80"], 1)).await.unwrap();
    let mut seen = Seen::of(&server.target());
    seen.becomes(5 * SECOND, &[("10.0.0.1:80", 1)]).await;
    line.cut();
    seen.becomes(5 * SECOND, &[]).await;
    while kept.failure().is_none() {
        kept.changed().await.unwrap();
    }
    line.mend();
    seen.becomes(10 * SECOND, &[("10.0.0.1:80", 1)]).await;
    while kept.failure().is_some() {
        kept.changed().await.unwrap();
    }
}

/// A loss that is shorter than the session costs nothing.
#[tokio::test]
async fn a_server_that_is_started_again_soon_still_has_the_registration() {
    let mut server = Zookeeper::start().await;
    let kept = registrar(&format!("{}?session=20s", server.target()));
    let kept = kept.register(&instance(&["10.0.0.1:80"], 1)).await.unwrap();
    server.kill();
    server.restart().await;
    Seen::of(&server.target()).becomes(5 * SECOND, &[("10.0.0.1:80", 1)]).await;
    assert!(kept.failure().is_none());
    kept.update(&instance(&["10.0.0.1:80"], 2)).await.unwrap();
    Seen::of(&server.target()).becomes(5 * SECOND, &[("10.0.0.1:80", 2)]).await;
}

/// A registration whose process the server never hears of again, as after a crash.
struct Crashed(
    #[expect(dead_code, reason = "held")] Line,
    #[expect(dead_code, reason = "held")] Registration,
);

async fn register_and_crash(server: &Zookeeper, session: &str, weight: u32) -> Crashed {
    let line = Line::to(server.port()).await;
    let kept = registrar(&line.target(session)).register(&instance(&["10.0.0.1:80"], weight)).await.unwrap();
    line.cut();
    Crashed(line, kept)
}

#[tokio::test]
async fn a_process_that_crashes_is_gone_after_its_session() {
    let server = Zookeeper::start().await;
    let _crashed = register_and_crash(&server, "2s", 3).await;
    let mut seen = Seen::of(&server.target());
    seen.becomes(SECOND, &[("10.0.0.1:80", 3)]).await;
    let begin = Instant::now();
    seen.becomes(4 * SECOND, &[]).await;
    assert!(begin.elapsed() > SECOND / 2, "it said goodbye");
}

/// The node of the crashed one would else go with its session, and the instance with it.
#[tokio::test]
async fn a_process_that_is_started_again_takes_its_node_over() {
    let server = Zookeeper::start().await;
    let sessions = server.sessions().await;
    let _crashed = register_and_crash(&server, "3s", 3).await;
    let mut seen = Seen::of(&server.target());
    seen.becomes(SECOND, &[("10.0.0.1:80", 3)]).await;
    let _kept = registrar(&server.target()).register(&instance(&["10.0.0.1:80"], 4)).await.unwrap();
    let end = Instant::now() + 6 * SECOND;
    // Its own, the watch's, and no longer that of the crashed one.
    while server.sessions().await > sessions + 2 || Instant::now() + SECOND < end {
        assert!(Instant::now() < end, "the session of the crashed one is left");
        if let Ok(item) = tokio::time::timeout(SECOND / 10, seen.next()).await {
            assert_eq!(item.unwrap().unwrap().len(), 1);
        }
    }
    Seen::of(&server.target()).becomes(SECOND, &[("10.0.0.1:80", 4)]).await;
}

#[tokio::test]
async fn registering_twice_is_one_instance_as_the_later_says_until_that_ends() {
    let server = Zookeeper::start().await;
    let registrar = registrar(&server.target());
    let first = registrar.register(&instance(&["10.0.0.1:80"], 1)).await.unwrap();
    let second = registrar.register(&instance(&["10.0.0.1:80"], 2)).await.unwrap();
    let mut seen = Seen::of(&server.target());
    seen.becomes(5 * SECOND, &[("10.0.0.1:80", 2)]).await;
    // They do not fight for it.
    let quiet = tokio::time::timeout(SECOND, seen.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    second.deregister().await.unwrap();
    seen.becomes(2 * SECOND, &[("10.0.0.1:80", 1)]).await;
    first.deregister().await.unwrap();
    seen.becomes(SECOND, &[]).await;
}

#[tokio::test]
async fn with_credentials_a_node_is_its_users_to_change_and_everyones_to_read() {
    let server = Zookeeper::start().await;
    let target = server.target().replace("://", "://me:secret@");
    let registrar = registrar(&target);
    let _kept = registrar.register(&instance(&["10.0.0.1:80"], 1)).await.unwrap();
    Seen::of(&server.target()).becomes(5 * SECOND, &[("10.0.0.1:80", 1)]).await;
    let refused = server.control().set_data("/services/echo/10.0.0.1:80", b"x", None).await;
    assert_eq!(refused.unwrap_err(), Error::NoAuth);
    assert!(!format!("{registrar:?}").contains("secret"), "{registrar:?}");
}
