//! Instance mode, many targets: what a caller of `Balancers` sees. Time is virtual.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use evenkeel_balance::{Balancer, Balancers, BalancersBuilder, CallSpec, Event};
use evenkeel_core::{Address, Instance, Snapshot};
use evenkeel_discover::{Discover, DiscoverError, Manual, Target};
use evenkeel_testkit::Script;
use futures_util::{Stream, StreamExt, future::join_all, stream};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::{sleep, timeout};

const SECOND: Duration = Duration::from_secs(1);

fn set(n: usize) -> Snapshot {
    (1..=n).map(|port| Instance::from(format!("h:{port}").parse::<Address>().unwrap())).collect()
}

/// Counts lookups; answers after a while with one instance, named by the path.
#[derive(Clone, Default)]
struct Slow {
    lookups: Arc<AtomicUsize>,
}

impl Discover for Slow {
    fn watch(&self, target: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        let (lookups, name) = (self.lookups.clone(), target.path().to_owned());
        stream::once(async move {
            lookups.fetch_add(1, Relaxed);
            sleep(Duration::from_millis(50)).await;
            Ok([Instance::from(format!("{name}:1").parse::<Address>().unwrap())].into_iter().collect())
        })
        .chain(stream::pending())
    }
}

fn slow(source: &Slow) -> BalancersBuilder<String> {
    let source = source.clone();
    Balancers::builder(move |name: &String| {
        Balancer::builder(format!("slow:///{name}")).discover(source.clone())
    })
}

/// A 14, F28, F29, G-57, G-61: 1,000 first lookups are one, and one that loses interest holds up nobody.
#[tokio::test(start_paused = true)]
async fn a_thousand_first_lookups_of_one_target_are_one_query() {
    let source = Slow::default();
    let services = slow(&source).build();
    let lookups = (0..1000).map(|n| {
        let services = services.clone();
        async move {
            let balancer = services.get(&"a".to_owned()).unwrap();
            if n % 7 == 0 {
                return timeout(Duration::from_millis(1), balancer.ready()).await.is_err();
            }
            balancer.pick_ready(&CallSpec::new()).await.unwrap().next().unwrap().name() == "a:1"
        }
    });
    assert!(join_all(lookups).await.into_iter().all(|ok| ok));
    assert_eq!((source.lookups.load(Relaxed), services.len()), (1, 1));
}

/// F59, G-64: what is shared is shared by a handle, and nothing else is.
#[tokio::test(start_paused = true)]
async fn two_sets_of_balancers_share_nothing() {
    let (one, two) = (Slow::default(), Slow::default());
    let (a, b) = (slow(&one).build(), slow(&two).build());
    a.get(&"x".to_owned()).unwrap().ready().await.unwrap();
    a.clone().get(&"x".to_owned()).unwrap().ready().await.unwrap();
    b.get(&"x".to_owned()).unwrap().ready().await.unwrap();
    assert_eq!((one.lookups.load(Relaxed), two.lookups.load(Relaxed)), (1, 1));
}

/// G-60: what cannot be built is not kept.
#[test]
fn settings_that_cannot_be_used_are_an_error_and_not_kept() {
    let services = Balancers::builder(|target: &&str| Balancer::builder(*target)).build();
    assert!(services.get(&"nope:///x").is_err());
    assert!(services.is_empty());
    assert!(services.get(&"static:///a:1").is_ok());
}

/// F37, G-63.
#[tokio::test(start_paused = true)]
async fn an_idle_target_is_dropped_and_one_in_use_is_not() {
    let source = Slow::default();
    let services = slow(&source).idle_timeout(Some(15 * SECOND)).build();
    let (idle, used, held) = ("idle".to_owned(), "used".to_owned(), "held".to_owned());
    drop(services.get(&idle).unwrap());
    let held = services.get(&held).unwrap();
    for at in 1..=40 {
        sleep(SECOND).await;
        if at % 10 == 0 {
            drop(services.get(&used).unwrap());
        }
        if at == 14 {
            assert_eq!(services.len(), 3, "still there at 14 s");
        }
        if at == 31 {
            assert_eq!(services.len(), 2, "gone by 30 s");
        }
    }
    assert_eq!(services.len(), 2);
    held.ready().await.unwrap();
    drop(services.get(&idle).unwrap());
    sleep(SECOND).await;
    assert_eq!(source.lookups.load(Relaxed), 4, "the next use looks it up again");
}

/// F38, F39, G-63, G-82: one delete event, after the changes, which come in order.
#[tokio::test(start_paused = true)]
async fn a_dropped_target_is_told_exactly_once() {
    let script = Script::new().yields(SECOND, set(1)).yields(SECOND, set(3));
    let services = Balancers::builder(move |_: &u8| Balancer::builder("x:///y").discover(script.clone()))
        .idle_timeout(Some(15 * SECOND))
        .build();
    let mut events = services.changes();
    drop(services.get(&7).unwrap());
    let mut seen = Vec::new();
    while let Ok(Some(event)) = timeout(100 * SECOND, events.next()).await {
        seen.push(match event {
            Event::Changed { key, update } => {
                format!("{key}: version {} of {}", update.version, update.change.all.len())
            }
            Event::Removed { key, last } => format!("{key}: removed, had {}", last.unwrap().len()),
            _ => panic!(),
        });
    }
    assert_eq!(seen, ["7: version 1 of 1", "7: version 2 of 3", "7: removed, had 3"]);
    drop(services);
    assert!(events.next().await.is_none());
}

/// F38: also where a proxy stands for discovery. A reader would else keep every target that ever was.
#[tokio::test(start_paused = true)]
async fn a_dropped_target_behind_a_proxy_is_told_too() {
    let services =
        Balancers::builder(|port: &u16| Balancer::builder(format!("static:///a:{port}")).proxy("b:1"))
            .idle_timeout(Some(SECOND))
            .build();
    let mut events = services.changes();
    let reader = tokio::spawn(async move {
        let mut removed = Vec::new();
        while let Some(event) = events.next().await {
            let Event::Removed { key, last: None } = event else { panic!("{event:?}") };
            removed.push(key);
        }
        removed.sort_unstable();
        removed
    });
    for port in 1..=9 {
        services.get(&port).unwrap();
    }
    sleep(10 * SECOND).await;
    assert!(services.is_empty());
    drop(services);
    let removed = timeout(SECOND, reader).await.unwrap().unwrap();
    assert_eq!(removed, (1..=9).collect::<Vec<u16>>());
}

/// G-62, G-66: a source that hangs, or a reader that sleeps, holds up no other target.
#[tokio::test(start_paused = true)]
async fn a_hung_target_holds_up_no_other() {
    let manuals: Arc<Mutex<BTreeMap<u8, Manual>>> = Arc::default();
    let by_key = manuals.clone();
    let services = Balancers::builder(move |key: &u8| {
        Balancer::builder("m:///x").discover(by_key.lock().unwrap().entry(*key).or_default().clone())
    })
    .build();
    let (hung, fine) = (services.get(&1).unwrap(), services.get(&2).unwrap());
    manuals.lock().unwrap()[&2].set(set(2));
    fine.ready().await.unwrap();
    assert!(timeout(SECOND, hung.ready()).await.is_err());
}

/// A 15: the cache is bounded, and only idle targets go.
#[tokio::test(start_paused = true)]
async fn many_names_stay_within_the_limit() {
    let services = Balancers::builder(|n: &u32| Balancer::builder(format!("static:///h{n}:1"))).build();
    let held = services.get(&u32::MAX).unwrap();
    for n in 0..20_000 {
        drop(services.get(&n).unwrap());
        assert!(services.len() <= 4096);
    }
    assert!(services.len() > 3000);
    let again = services.get(&u32::MAX).unwrap();
    assert!(Arc::ptr_eq(held.target(), again.target()), "who is held stays");
}
