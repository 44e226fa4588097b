//! Policies of a third party: `custom_round_robin` from an outside crate, and such as misbehave.

use crate::harness::{Call, Lab, assert_unavailable, call, set, settle};
use evenkeel_core::{
    BadUpdate, CallInfo, Choice, Code,
    Connectivity::{Ready, TransientFailure},
    Endpoints, Failure, Pick, Picker, Policy, Snapshot, State,
};
use evenkeel_discover::Manual;
use evenkeel_testkit::Network;
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

/// Endpoints `x:1` and `y:1`, both READY, and this `chooseSecond`.
async fn two(choose_second: Option<u32>) -> Lab {
    let config = choose_second.map_or_else(|| json!({}), |n| json!({"chooseSecond": n}));
    let config = json!({"loadBalancingConfig": [{"custom_round_robin": config}]}).to_string();
    let source = Manual::new();
    source.set(set(&["x:1", "y:1"]));
    let lab = Lab::over(Network::of(["x:1", "y:1"]), source, |b| b.service_config(config)).awake().await;
    assert_eq!((lab.channel.state(), lab.network.live()), (Ready, 2));
    lab
}

/// gRPC case 27, F 96.
#[tokio::test(start_paused = true)]
async fn every_third_call_goes_to_the_second() {
    let lab = two(None).await;
    assert_eq!(lab.calls(9).await.concat(), "x:1x:1y:1x:1x:1y:1x:1x:1y:1");
}

/// gRPC case 28.
#[tokio::test(start_paused = true)]
async fn choose_second_may_be_one_two_or_never() {
    assert_eq!(two(Some(1)).await.calls(3).await.concat(), "y:1y:1y:1");
    assert_eq!(two(Some(2)).await.calls(4).await.concat(), "x:1y:1x:1y:1");
    assert_eq!(two(Some(0)).await.calls(5).await.concat(), "x:1x:1x:1x:1x:1");
}

/// gRPC case 29, F 96.
#[tokio::test(start_paused = true)]
async fn a_set_of_one_or_three_is_refused_and_the_last_good_one_serves_on() {
    let lab = two(None).await;
    let asked = lab.source.refreshes();
    for bad in [&["x:1"][..], &["x:1", "y:1", "z:1"]] {
        lab.source.set(set(bad));
        settle().await;
        assert_eq!((lab.channel.state(), lab.network.dials().len()), (Ready, 2));
        assert_eq!(lab.calls(3).await.concat(), "x:1x:1y:1");
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(lab.source.refreshes() > asked, "the source is told");
}

/// gRPC case 29: there is nothing to go on with.
#[tokio::test(start_paused = true)]
async fn a_first_set_that_is_refused_fails_calls_with_the_reason() {
    let source = Manual::new();
    source.set(set(&["x:1"]));
    let lab =
        Lab::over(Network::of(["x:1", "y:1"]), source, |b| b.policy("custom_round_robin")).awake().await;
    assert_eq!(lab.channel.state(), TransientFailure);
    assert_unavailable(lab.call().await, "custom_round_robin wants two instances, got 1");
    lab.source.set(set(&["x:1", "y:1"]));
    settle().await;
    assert_eq!(lab.calls(3).await.concat(), "x:1x:1y:1");
}

/// gRPC case 30, F 96.
#[tokio::test(start_paused = true)]
async fn while_one_is_down_all_calls_go_to_the_other() {
    let lab = two(None).await;
    lab.network.peer("y:1").refuses(Duration::ZERO);
    lab.network.peer("y:1").kill();
    settle().await;
    assert_eq!((lab.channel.state(), lab.calls(6).await), (Ready, vec!["x:1".to_owned(); 6]));
    lab.network.peer("y:1").accepts(Duration::ZERO);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(lab.network.live(), 2);
    assert_eq!(lab.calls(6).await.concat(), "x:1x:1y:1x:1x:1y:1", "the sequence begins anew");
}

/// Panics in `update` when the set has an instance `bad:1`.
#[derive(Debug, Default)]
struct Fragile;

impl Policy for Fragile {
    type Config = ();

    fn update(&mut self, set: &Snapshot, (): &(), endpoints: &mut dyn Endpoints) -> Result<State, BadUpdate> {
        let all: Vec<_> = set.iter().map(|instance| endpoints.connect(instance)).collect();
        assert!(set.iter().all(|instance| instance.name() != "bad:1"), "no bad ones please");
        Ok(State::over(all, |ready| Always(Box::new(move || Pick::plain(ready[0].id)))))
    }
}

/// A picker that is a function.
struct Always(Box<dyn Fn() -> Pick + Send + Sync>);

impl std::fmt::Debug for Always {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Always")
    }
}

impl Picker for Always {
    fn pick(&self, _: &CallInfo<'_>) -> Pick {
        (self.0)()
    }
}

/// F 97.
#[tokio::test(start_paused = true)]
async fn a_policy_that_panics_fails_its_channel_by_name_and_no_other() {
    let (network, source) = (Network::of(["a:1", "bad:1"]), Manual::new());
    source.set(set(&["a:1"]));
    let fragile = |builder: evenkeel_channel::Builder| builder.choice(Choice::of::<Fragile>("fragile", ()));
    let lab = Lab::over(network.clone(), source.clone(), fragile).awake().await;
    let other = Lab::over(network, source, |builder| builder).awake().await;
    assert_eq!((lab.channel.state(), other.channel.state()), (Ready, Ready));
    lab.source.set(set(&["bad:1"]));
    settle().await;
    assert_eq!((lab.channel.state(), other.channel.state()), (TransientFailure, Ready));
    assert_unavailable(lab.call().await, "the policy fragile panicked: no bad ones please");
    assert_eq!(other.call().await, Ok("bad:1".to_owned()));
    lab.source.set(set(&["a:1"]));
    settle().await;
    assert_eq!((lab.channel.state(), lab.call().await), (Ready, Ok("a:1".to_owned())));
}

/// Panics in each second pick.
#[derive(Debug, Default)]
struct Nervous;

impl Policy for Nervous {
    type Config = ();

    fn update(&mut self, set: &Snapshot, (): &(), endpoints: &mut dyn Endpoints) -> Result<State, BadUpdate> {
        let all: Vec<_> = set.iter().map(|instance| endpoints.connect(instance)).collect();
        let turn = AtomicUsize::new(0);
        Ok(State::over(all, |ready| {
            Always(Box::new(move || {
                assert!(turn.fetch_add(1, Relaxed).is_multiple_of(2), "odd");
                Pick::plain(ready[0].id)
            }))
        }))
    }
}

/// F 98.
#[tokio::test(start_paused = true)]
async fn a_picker_that_panics_fails_that_call_and_not_the_next() {
    let source = Manual::new();
    source.set(set(&["a:1"]));
    let nervous = |builder: evenkeel_channel::Builder| builder.choice(Choice::of::<Nervous>("nervous", ()));
    let lab = Lab::over(Network::of(["a:1"]), source, nervous).awake().await;
    for _ in 0..3 {
        assert_eq!(lab.call().await, Ok("a:1".to_owned()));
        assert_eq!(lab.call().await, Err((Code::Internal, "the picker panicked: odd".to_owned())));
    }
    assert_eq!((lab.channel.state(), lab.network.dials().len()), (Ready, 1));
}

/// Drops every call.
#[derive(Debug, Default)]
struct Closed;

impl Policy for Closed {
    type Config = ();

    fn update(&mut self, _: &Snapshot, (): &(), _: &mut dyn Endpoints) -> Result<State, BadUpdate> {
        let why = Arc::new(Failure::Policy(Arc::new(std::io::Error::other("over the limit"))));
        Ok(State::ready(Always(Box::new(move || Pick::Drop(why.clone())))))
    }
}

/// E 86: a dropped call fails at once, even one that waits for ready.
#[tokio::test(start_paused = true)]
async fn a_dropped_call_fails_at_once_though_it_would_wait() {
    let source = Manual::new();
    source.set(set(&["a:1"]));
    let closed = |builder: evenkeel_channel::Builder| builder.choice(Choice::of::<Closed>("closed", ()));
    let lab = Lab::over(Network::of(["a:1"]), source, closed).awake().await;
    let before = tokio::time::Instant::now();
    assert_unavailable(Call::waiting().send(&lab.channel).await, "over the limit");
    assert_unavailable(call(&lab.channel).await, "over the limit");
    assert!(before.elapsed().is_zero());
}
