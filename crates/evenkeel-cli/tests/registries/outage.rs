//! The registry is killed for 5 s under load and started again: no call fails, the last good set serves and is marked stale, and what
//! changes after that is seen.

use crate::{
    common::{Echo, command},
    registration::end,
    watched::{Watched, instances},
};
use evenkeel_servers::Registry;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// A 2, A 16, F36: for every source.
pub(crate) async fn no_call_fails_while_the_registry_is_down<R: Registry>(mut registry: R) {
    let servers: Vec<_> = (0..4).map(|_| Echo::start(&[])).collect();
    for server in &servers[..3] {
        registry.put(&server.address, 1).await;
    }
    let target = registry.target();
    let mut watched = Watched::start(&target);
    watched.until("the first set", Duration::from_secs(5), |v| instances(v).len() == 3);
    let calls = [
        "call",
        &target,
        "--policy",
        "round_robin",
        "--for",
        "25s",
        "--concurrency",
        "4",
        "--rate",
        "200",
        "--json",
    ];
    let load = command(&calls).spawn().unwrap();
    sleep(Duration::from_secs(1)).await;
    registry.kill();
    let killed = Instant::now();
    let stale = watched.until("stale", Duration::from_secs(5) + registry.slack(), |v| v["stale"] == true);
    assert_eq!((instances(stale).len(), stale["error"]["kind"].as_str()), (3, Some("discovery")));
    sleep(Duration::from_secs(5).saturating_sub(killed.elapsed())).await;
    registry.restart().await;
    registry.put(&servers[3].address, 1).await;
    registry.remove(&servers[0].address).await;
    let mut want: Vec<_> = servers[1..].iter().map(|server| (server.address.clone(), 1)).collect();
    want.sort();
    let news = "what changed is seen";
    watched.until(news, Duration::from_secs(15), |v| v["stale"] == false && instances(v) == want);
    for version in &watched.seen {
        let known = instances(version).len();
        assert!(
            (3..=4).contains(&known) || registry.slack() > Duration::ZERO,
            "nothing was lost on the way: {version}"
        );
    }
    let report = end(load).await;
    assert_eq!(report["failed"], 0, "{report:#}");
    let reached = report["endpoints"].as_array().unwrap().iter().filter(|e| e["calls"].as_u64() > Some(0));
    assert_eq!(reached.count(), 4, "{report:#}");
}
