use crate::harness::{Call, Lab, assert_unavailable, failed, instance, load, ms, secs, set, settle};
use evenkeel_core::{
    Connectivity::{Ready, TransientFailure},
    Snapshot,
};
use tokio::time::sleep;

/// C 53.
#[tokio::test(start_paused = true)]
async fn a_removed_instance_loses_no_call_gets_no_more_and_closes_after_its_last() {
    let lab = Lab::new("round_robin", &["a:1", "b:1", "c:1"]);
    for address in ["a:1", "b:1", "c:1"] {
        lab.network.peer(address).streams(ms(30));
    }
    let lab = lab.awake().await;
    let calls = tokio::spawn(load(lab.channel.clone(), 5, secs(2)));
    sleep(secs(1)).await;
    let published = lab.channel.stats().publications;
    lab.source.set(set(&["a:1", "c:1"]));
    while lab.channel.stats().publications == published {
        tokio::task::yield_now().await;
    }
    let (calls_then, in_flight) = (lab.network.peer("b:1").calls(), lab.network.peer("b:1").in_flight());
    assert!(in_flight[0] > 40, "{in_flight:?}");
    sleep(ms(20)).await;
    assert_eq!(lab.network.peer("b:1").live(), 1, "open while calls are on it");
    sleep(ms(20)).await;
    assert_eq!((lab.network.peer("b:1").live(), lab.network.peer("b:1").calls()), (0, calls_then));
    let outcomes = calls.await.unwrap();
    assert!(outcomes.len() > 9_000 && failed(&outcomes).is_empty());
}

/// C 54.
#[tokio::test(start_paused = true)]
async fn fifty_instances_replaced_one_at_a_time_lose_no_call() {
    let mut names: Vec<String> = (0..50).map(|n| format!("old{n}:1")).collect();
    let lab = Lab::new("round_robin", &names.iter().map(String::as_str).collect::<Vec<_>>()).awake().await;
    assert_eq!(lab.network.live(), 50);
    let calls = tokio::spawn(load(lab.channel.clone(), 1, secs(25)));
    for n in 0..50 {
        let new = format!("new{n}:1");
        lab.network.peer(&new).accepts(ms(20));
        lab.network.peer(&new).answers(ms(3));
        let old = std::mem::replace(&mut names[n], new);
        lab.source.set(set(&names.iter().map(String::as_str).collect::<Vec<_>>()));
        for _ in 0..400 {
            sleep(ms(1)).await;
            assert!(
                (lab.channel.state(), lab.network.live() >= 49) == (Ready, true),
                "{n}: {}",
                lab.network.live()
            );
        }
        assert_eq!((lab.network.live(), lab.network.peer(&old).live()), (50, 0));
    }
    let outcomes = calls.await.unwrap();
    assert!(outcomes.len() > 20_000 && failed(&outcomes).is_empty(), "{:?}", failed(&outcomes));
    assert!(lab.network.peer("new49:1").calls() > 50);
}

/// A 8: weight 0 drains: no new calls, and the connection closes after its last one.
#[tokio::test(start_paused = true)]
async fn a_drained_instance_gets_no_new_calls_and_closes_after_its_last() {
    let lab = Lab::new("round_robin", &["a:1", "b:1"]).awake().await;
    lab.network.peer("b:1").streams(secs(3));
    let calls = [Call::default().spawn(&lab.channel), Call::default().spawn(&lab.channel)];
    settle().await;
    assert_eq!(lab.network.peer("b:1").in_flight(), [1]);
    lab.source.set(Snapshot::from_iter([instance("a:1"), instance("b:1").with_weight(0)]));
    settle().await;
    assert_eq!(lab.calls(5).await, ["a:1"; 5]);
    assert_eq!(lab.network.peer("b:1").in_flight(), [1]);
    for call in calls {
        assert!(call.await.unwrap().is_ok());
    }
    settle().await;
    assert_eq!(lab.network.peer("b:1").live(), 0);
    lab.source.set(Snapshot::from_iter([instance("a:1").with_weight(0), instance("b:1").with_weight(0)]));
    settle().await;
    assert_eq!((lab.channel.state(), lab.network.live()), (TransientFailure, 0));
    assert_unavailable(lab.call().await, "all 2 instances are drained");
}

/// A 5, A 7: order, weight and tags cost no connection.
#[tokio::test(start_paused = true)]
async fn another_order_weight_or_tag_costs_no_connection() {
    let lab = Lab::new("round_robin", &["a:1", "b:1", "c:1"]).awake().await;
    lab.source.set(set(&["c:1", "a:1", "b:1"]));
    settle().await;
    let changed = [instance("b:1").with_weight(9), instance("a:1").with_tag("zone", "z"), instance("c:1")];
    lab.source.set(Snapshot::from_iter(changed));
    settle().await;
    assert_eq!((lab.network.dials().len(), lab.network.live(), lab.channel.state()), (3, 3, Ready));
}

/// An attempt to connect to an instance that is removed is given up.
#[tokio::test(start_paused = true)]
async fn an_instance_removed_while_it_connects_leaves_no_attempt_behind() {
    let lab = Lab::new("round_robin", &["a:1", "b:1"]);
    lab.network.peer("b:1").accepts(ms(500));
    let lab = lab.awake().await;
    assert_eq!(lab.network.leaks().len(), 2);
    lab.source.set(set(&["a:1"]));
    settle().await;
    assert_eq!(lab.network.leaks().len(), 1);
    sleep(secs(1)).await;
    assert_eq!((lab.network.peer("b:1").accepted(), lab.network.live()), (0, 1));
}
