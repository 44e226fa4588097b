use super::{Limits, Session};
use crate::{Config, access::Origin, ask::Ask};
use evenkeel_core::Snapshot;
use evenkeel_servers::{EndpointState, KubernetesFake, Registry, endpoint, slice};
use futures_core::Stream;
use futures_util::StreamExt;
use std::{pin::Pin, time::Duration};
use tokio::time::timeout;

const QUICK: Limits = Limits {
    connect: Duration::from_secs(2),
    answer: Duration::from_secs(2),
    silence: Duration::from_millis(300),
    pace: Duration::from_millis(50),
};

fn watch_with(fake: &KubernetesFake, limits: Limits) -> Sets {
    let ask = Ask::read(&"kubernetes:///echo".parse().unwrap()).unwrap();
    let origin = Origin::Given(Config::plain(&fake.url()).unwrap());
    Box::pin(Session::new(origin, ask, limits).into_stream())
}

type Sets = Pin<Box<dyn Stream<Item = Result<Snapshot, crate::KubernetesError>> + Send>>;

fn watch(fake: &KubernetesFake) -> Sets {
    watch_with(fake, QUICK)
}

async fn next(sets: &mut Sets) -> Result<Snapshot, crate::KubernetesError> {
    timeout(Duration::from_secs(5), sets.next()).await.expect("in time").expect("a set or an error")
}

/// A peer that is gone without a word is noticed; the new watch begins where the old one was, without a list.
#[tokio::test]
async fn a_silent_watch_is_begun_anew_where_it_was() {
    let mut fake = KubernetesFake::start().await;
    fake.put("10.0.0.1:80", 1).await;
    let mut sets = watch(&fake);
    assert_eq!(next(&mut sets).await.unwrap().len(), 1);
    fake.faults(|faults| faults.is_silent = true);
    fake.put("10.0.0.2:80", 1).await;
    assert!(timeout(Duration::from_millis(900), sets.next()).await.is_err(), "nothing is said");
    assert!(fake.asked().1 >= 2, "{:?}", fake.asked());
    fake.faults(|faults| faults.is_silent = false);
    assert_eq!(next(&mut sets).await.unwrap().len(), 2);
    assert_eq!(fake.asked().0, 1);
}

/// Where every watch is told 410 at once, the source does not list for ever: the engine waits longer each time.
#[tokio::test]
async fn a_watch_that_is_always_too_old_is_an_error() {
    let mut fake = KubernetesFake::start().await;
    fake.put("10.0.0.1:80", 1).await;
    let gone =
        r#"{"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old","reason":"Expired"}}"#;
    fake.faults(|faults| faults.line = Some(gone.to_owned()));
    let mut sets = watch(&fake);
    for _ in 0..4 {
        assert_eq!(next(&mut sets).await.unwrap().len(), 1);
    }
    let error = next(&mut sets).await.unwrap_err().to_string();
    assert!(error.contains("410: too old"), "{error}");
    assert!(sets.next().await.is_none());
    assert_eq!(fake.asked(), (4, 4));
}

/// Watches that end at once are not begun more often than the pace says.
#[tokio::test]
async fn watches_that_end_at_once_are_paced() {
    let mut fake = KubernetesFake::start().await;
    fake.put("10.0.0.1:80", 1).await;
    fake.faults(|faults| faults.longest_watch = Some(Duration::ZERO));
    let mut sets = watch(&fake);
    next(&mut sets).await.unwrap();
    assert!(timeout(Duration::from_secs(1), sets.next()).await.is_err());
    let (lists, watches) = fake.asked();
    assert!(lists == 1 && (2..=21).contains(&watches), "{lists} lists, {watches} watches");
}

/// A change is told at once, though its watch ends with it and the next one must wait.
#[tokio::test]
async fn a_change_does_not_wait_for_the_next_watch() {
    let fake = KubernetesFake::start().await;
    let (namespace, service) = KubernetesFake::SERVICE;
    let object =
        slice(namespace, "late", service, &[("grpc", 80)], &[endpoint("10.0.0.1", EndpointState::Ready)]);
    fake.faults(|faults| {
        faults.line = Some(serde_json::json!({"type": "ADDED", "object": object}).to_string());
        faults.longest_watch = Some(Duration::ZERO);
    });
    let mut sets = watch_with(&fake, Limits { pace: Duration::from_secs(60), ..QUICK });
    assert!(next(&mut sets).await.unwrap().is_empty());
    assert_eq!(next(&mut sets).await.unwrap().len(), 1);
}

/// Some proxies hold back the beginning of an answer until there is more of it: an event or a bookmark.
#[tokio::test]
async fn a_watch_may_begin_as_late_as_it_may_be_silent() {
    let mut fake = KubernetesFake::start().await;
    let limits = Limits { answer: Duration::from_millis(100), silence: Duration::from_secs(3), ..QUICK };
    fake.faults(|faults| faults.watch_begins_after = Some(Duration::from_millis(500)));
    let mut sets = watch_with(&fake, limits);
    assert!(next(&mut sets).await.unwrap().is_empty());
    fake.put("10.0.0.1:80", 1).await;
    assert_eq!(next(&mut sets).await.unwrap().len(), 1);
    assert_eq!(fake.asked(), (1, 1));
}

/// A 22: whatever happens to the service, the server and the history, in the end the source knows what there is.
#[tokio::test]
async fn after_any_history_the_set_is_what_there_is() {
    for seed in 0..4 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut fake = KubernetesFake::start().await;
        fake.faults(|faults| {
            faults.bookmark_every = Some(Duration::from_millis(20));
            faults.longest_watch = Some(Duration::from_millis(60));
            faults.page = Some(2);
        });
        let (told, mut knows) = tokio::sync::watch::channel(Vec::new());
        let url = fake.url();
        let watching = tokio::spawn(async move {
            loop {
                let ask = Ask::read(&"kubernetes:///echo".parse().unwrap()).unwrap();
                let session = Session::new(Origin::Given(Config::plain(&url).unwrap()), ask, QUICK);
                let mut sets = Box::pin(session.into_stream());
                while let Some(answer) = sets.next().await {
                    if let Ok(set) = answer {
                        let mut all: Vec<_> =
                            set.iter().map(|instance| (instance.name(), instance.weight())).collect();
                        all.sort();
                        told.send_replace(all);
                    }
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let mut there = std::collections::BTreeMap::from([("10.0.0.9:9".to_owned(), 1)]);
        fake.put("10.0.0.9:9", 1).await;
        for _ in 0..80 {
            let address = format!("10.0.0.{}:{}", random.u8(1..5), random.u16(1..6));
            match random.u8(0..20) {
                0 => fake.compact(),
                1 => {
                    fake.kill();
                    fake.restart().await;
                }
                2 => fake.faults(|faults| faults.gone_is_status = random.bool()),
                3..8 if there.remove(&address).is_some() => fake.remove(&address).await,
                _ => {
                    let weight = u32::from(random.u8(0..3) > 0);
                    fake.put(&address, weight).await;
                    there.insert(address, weight);
                }
            }
            tokio::time::sleep(Duration::from_millis(random.u64(0..25))).await;
        }
        let want: Vec<_> = there.into_iter().collect();
        let settled = timeout(Duration::from_secs(5), knows.wait_for(|known| *known == want)).await.map(drop);
        assert!(settled.is_ok(), "seed {seed}: {:?}, want {want:?}", *knows.borrow());
        watching.abort();
    }
}
