//! `keel echo --register` under load: scaled, drained, stopped, killed.

use crate::{
    common::command,
    watched::{Watched, instances},
};
use evenkeel_servers::Registry;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    process::Child,
    time::Duration,
};
use tokio::time::sleep;

/// A server that registers itself.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(target: &str, name: &str) -> Self {
        let tag = format!("name={name}");
        let arguments = [
            "echo",
            "--listen",
            "127.0.0.1:0",
            "--delay",
            "2ms",
            "--register",
            target,
            "--weight",
            "3",
            "--tag",
            &tag,
        ];
        let mut child = command(&arguments).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, address }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// F48: started, scaled to five, one drained with weight 0, one stopped with SIGTERM: no call fails. One killed outright: at most the calls
/// in flight on it, as UNAVAILABLE, and none after.
pub(crate) async fn servers_come_and_go_and_no_call_fails<R: Registry>(registry: R) {
    let target = registry.target();
    let mut servers: Vec<_> = (0..2).map(|n| Server::start(&target, &n.to_string())).collect();
    let limit = Duration::from_secs(5);
    let mut watched = Watched::start(&target);
    let two = watched.until("two", limit, |v| instances(v).len() == 2);
    assert_eq!(
        (&two["instances"][0]["weight"], two["instances"][0]["tags"].get("name").is_some()),
        (&3.into(), true)
    );
    let calls = ["call", &target, "--policy", "round_robin", "--for", "9s", "--concurrency", "8", "--json"];
    let load = command(&calls).spawn().unwrap();
    sleep(Duration::from_secs(1)).await;
    servers.extend((2..5).map(|n| Server::start(&target, &n.to_string())));
    watched.until("five", limit, |v| instances(v).len() == 5);
    sleep(Duration::from_millis(500)).await;
    servers[1].signal(Signal::USR2);
    let drained = (servers[1].address.clone(), 0);
    watched.until("one drained", limit, |v| instances(v).contains(&drained));
    sleep(Duration::from_millis(500)).await;
    servers[2].signal(Signal::TERM);
    let stopped = servers[2].address.clone();
    watched.until("one stopped", limit, |v| !v["instances"].to_string().contains(&stopped));
    assert!(servers[2].child.wait().unwrap().success());
    let report = end(load).await;
    assert_eq!(report["failed"], 0, "{report:#}");
    assert_eq!(report["endpoints"].as_array().unwrap().len(), 5, "{report:#}");

    let calls = ["call", &target, "--policy", "round_robin", "--for", "4s", "--concurrency", "8", "--json"];
    let load = command(&calls).spawn().unwrap();
    sleep(Duration::from_secs(1)).await;
    servers[3].signal(Signal::KILL);
    let report = end(load).await;
    let failed = report["failed"].as_u64().unwrap();
    assert!(failed <= 8, "{report:#}");
    assert_eq!(report["codes"]["UNAVAILABLE"].as_u64().unwrap_or(0), failed, "{report:#}");
}

/// The report of a `keel call` that has ended.
pub(crate) async fn end(load: Child) -> Value {
    let output = tokio::task::spawn_blocking(|| load.wait_with_output().unwrap()).await.unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// F47: a registry that was away for longer than the lease has all servers again before it forgets them; no call fails, and none of them is
/// ever gone.
pub(crate) async fn a_registry_away_for_longer_than_the_lease_loses_nobody<R: Registry>(
    mut registry: R,
    lease: &str,
) {
    let target = registry.target();
    let with = if target.contains('?') { '&' } else { '?' };
    let registered: Vec<_> =
        (0..2).map(|n| Server::start(&format!("{target}{with}{lease}"), &n.to_string())).collect();
    let mut watched = Watched::start(&target);
    watched.until("two", Duration::from_secs(5), |v| instances(v).len() == 2);
    let calls = [
        "call",
        &target,
        "--policy",
        "round_robin",
        "--for",
        "18s",
        "--concurrency",
        "4",
        "--rate",
        "200",
        "--json",
    ];
    let load = command(&calls).spawn().unwrap();
    sleep(Duration::from_secs(1)).await;
    registry.kill();
    sleep(Duration::from_secs(7)).await;
    registry.restart().await;
    let back = |v: &Value| v["stale"] == false && instances(v).len() == 2;
    watched.until("back", Duration::from_secs(8), back);
    let report = end(load).await;
    assert_eq!(report["failed"], 0, "{report:#}");
    watched.until("still there", Duration::from_secs(1), back);
    drop(registered);
}
