use crate::{at, over, set, settle};
use evenkeel_core::Snapshot;
use evenkeel_discover::Manual;
use std::time::Duration;
use tokio::time::timeout;

fn of(instances: &[evenkeel_core::Instance]) -> Snapshot {
    instances.iter().cloned().collect()
}

/// G-54, G-55, F34.
#[tokio::test(start_paused = true)]
async fn a_change_says_what_was_added_updated_and_removed() {
    let manual = Manual::new();
    manual.set(of(&[1, 2, 3, 4].map(|n| at(n).with_weight(10))));
    let balancer = over(&manual).build().unwrap();
    let mut changes = balancer.changes();
    assert_eq!(changes.next().await.unwrap().change.added.len(), 4, "the current set at once");
    manual.set(of(&[
        at(1).with_weight(10),
        at(2).with_weight(10),
        at(3).with_weight(20),
        at(5).with_weight(10),
    ]));
    let update = changes.next().await.unwrap();
    let names = |list: &[std::sync::Arc<evenkeel_core::Instance>]| -> Vec<String> {
        list.iter().map(|i| i.name()).collect()
    };
    assert_eq!(names(&update.change.added), ["h5:1"]);
    assert_eq!(names(&update.change.updated), ["h3:1"]);
    assert_eq!(names(&update.change.removed), ["h4:1"]);
    assert_eq!(update.version, 2);
}

/// A 4, A 5, G-55, G-56: the same set again, or in another order, is no change; a new tag is one.
#[tokio::test(start_paused = true)]
async fn a_repeat_or_another_order_is_no_change_and_a_tag_is() {
    let manual = Manual::new();
    manual.set(set([1, 2]));
    let balancer = over(&manual).build().unwrap();
    let mut changes = balancer.changes();
    changes.next().await.unwrap();
    for n in 0..1000 {
        manual.set(if n % 2 == 0 { set([2, 1]) } else { set([1, 2]) });
        settle().await;
    }
    assert_eq!(balancer.status().version, 1);
    assert!(timeout(Duration::from_secs(1), changes.next()).await.is_err());
    manual.set(of(&[at(1).with_tag("zone", "a"), at(2)]));
    assert_eq!(changes.next().await.unwrap().change.updated.len(), 1);
}

/// A 13, G-66, G-67, F32, F33: a sleeping subscriber ends on the newest.
#[tokio::test(start_paused = true)]
async fn a_slow_subscriber_sees_the_newest_and_holds_up_nobody() {
    let manual = Manual::new();
    manual.set(set([1]));
    let balancer = over(&manual).build().unwrap();
    let (mut slow, mut quick) = (balancer.changes(), balancer.changes());
    slow.next().await.unwrap();
    for n in 2..=10_000 {
        manual.set(set([n]));
        if n % 100 == 0 {
            settle().await;
            assert_eq!(quick.next().await.unwrap().change.all[0].name(), format!("h{n}:1"));
        }
    }
    settle().await;
    assert_eq!(slow.next().await.unwrap().change.all[0].name(), "h10000:1");
    assert!(timeout(Duration::from_secs(1), slow.next()).await.is_err(), "there is no queue");
}

/// G-65, G-68, F40: guards come and go; a late one gets the last good set and the error.
#[tokio::test(start_paused = true)]
async fn a_late_subscriber_gets_the_last_good_set_with_the_error() {
    let manual = Manual::new();
    manual.set(set([1, 2]));
    let balancer = over(&manual).build().unwrap();
    drop((balancer.changes(), balancer.changes()));
    manual.fail("registry down");
    settle().await;
    let update = balancer.changes().next().await.unwrap();
    assert_eq!(update.change.all.len(), 2);
    assert_eq!(update.error.unwrap().to_string(), "registry down");
}

/// H 116, F41, G-74: the last balancer ends the watch and whoever waits for changes.
#[tokio::test(start_paused = true)]
async fn dropping_the_last_balancer_ends_all_of_it() {
    let manual = Manual::new();
    manual.set(set([1]));
    let balancer = over(&manual).build().unwrap();
    let mut changes = balancer.changes();
    changes.next().await.unwrap();
    settle().await;
    assert_eq!(manual.watchers(), 1);
    let other = balancer.clone();
    drop(balancer);
    assert!(timeout(Duration::from_secs(1), changes.next()).await.is_err());
    drop(other);
    assert!(changes.next().await.is_none());
    settle().await;
    assert_eq!(manual.watchers(), 0);
}

#[tokio::test(start_paused = true)]
async fn behind_a_proxy_nothing_changes_until_the_balancer_is_gone() {
    let balancer = evenkeel_balance::Balancer::builder("static:///a:1").proxy("b:1").build().unwrap();
    let mut changes = balancer.changes();
    assert!(timeout(Duration::from_secs(1), changes.next()).await.is_err());
    drop(balancer);
    assert!(timeout(Duration::from_secs(1), changes.next()).await.unwrap().is_none());
}
