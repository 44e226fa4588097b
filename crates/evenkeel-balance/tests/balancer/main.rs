//! Instance mode, one target: what a caller of `Balancer` sees. Time is virtual.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod attempts;
mod build;
mod changes;
mod discovery;
mod inputs;
mod modes;
mod retries;

use evenkeel_balance::{Attempts, Balancer, BalancerBuilder};
use evenkeel_core::{Address, Instance, Snapshot};
use evenkeel_discover::Manual;

/// Instances `h1:1`, `h2:1` and so on.
fn at(n: usize) -> Instance {
    Instance::from(format!("h{n}:1").parse::<Address>().unwrap())
}

fn set(instances: impl IntoIterator<Item = usize>) -> Snapshot {
    instances.into_iter().map(at).collect()
}

fn over(manual: &Manual) -> BalancerBuilder {
    Balancer::builder("manual:///svc").discover(manual.clone()).policy("round_robin").start(0)
}

/// The names of all attempts, each of which ends unsent.
fn names(attempts: &mut Attempts<'_>) -> Vec<String> {
    let mut names = Vec::new();
    while let Some(attempt) = attempts.next() {
        names.push(attempt.name());
        attempt.unsent();
    }
    names
}

/// Lets the balancer's task run.
async fn settle() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}
