//! One delivery of more instances than are kept: the CPU time of what is done above every source, limits and diff among it.
//! `delivery [INSTANCES]`, 150,000 by default, in ten shuffled deliveries; the limit is 100,000.

use cpu_time::ProcessTime;
use evenkeel_core::{Address, Instance, Snapshot};
use evenkeel_discover::{Manual, Source, Target};
use std::{collections::BTreeSet, env, sync::Arc, time::Duration};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let instances: u32 = env::args().nth(1).map_or(150_000, |n| n.parse().expect("a number of instances"));
    let at = |n: u32| Address::Tcp((std::net::Ipv4Addr::from(0x0a00_0000 + n), 80).into());
    let mut all: Vec<_> = (0..instances)
        .map(|n| {
            Arc::new(
                Instance::from(at(n))
                    .with_weight(1 + n % 100)
                    .with_tag("zone", ["a", "b", "c"][n as usize % 3]),
            )
        })
        .collect();
    let manual = Manual::new();
    let target: Target = "manual:///many".parse().expect("a target");
    let mut follow = Source::new(manual.clone()).follow(&target).expect("a good target");
    follow.start();
    let (mut worst, mut kept) = (Duration::ZERO, BTreeSet::new());
    for round in 0..10_u32 {
        fastrand::shuffle(&mut all);
        // Some instances differ each time, so that each delivery is a change.
        for instance in &mut all {
            if instance.weight() > 100 || instance.weight() == 1 {
                *instance = Arc::new((**instance).clone().with_weight(1_000 + round));
            }
        }
        let set = Snapshot::new(all.iter().cloned());
        manual.set(set);
        let began = ProcessTime::now();
        let known = follow.next().await;
        let spent = began.elapsed();
        worst = worst.max(spent);
        let set = known.set.as_ref().expect("a set");
        kept.insert(set.iter().map(|instance| instance.name()).collect::<BTreeSet<_>>());
        println!(
            "delivery {round}: {instances} instances, {} kept, version {}, {spent:.1?} of CPU",
            set.len(),
            known.version
        );
    }
    println!("worst {worst:.1?}; {} different sets kept", kept.len());
}
