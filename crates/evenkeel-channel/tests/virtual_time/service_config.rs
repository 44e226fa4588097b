use crate::harness::{Lab, assert_unavailable, failed, load, ms, set, settle};
use evenkeel_core::{
    Code,
    Connectivity::{Connecting, Idle, Ready, TransientFailure},
};
use evenkeel_discover::Manual;
use evenkeel_testkit::Network;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const PICK_FIRST: &str = r#"{"loadBalancingConfig":[{"pick_first":{}}]}"#;
const ROUND_ROBIN: &str = r#"{"loadBalancingConfig":[{"round_robin":{}}]}"#;
const UNKNOWN: &str = r#"{"loadBalancingConfig":[{"nope":{}}]}"#;

/// gRPC case 32, F 95.
#[tokio::test(start_paused = true)]
async fn a_switch_of_policy_loses_no_call_and_waits_for_the_new_one() {
    let lab = Lab::new("round_robin", &["a:1", "b:1"]);
    lab.network.peer("b:1").streams(ms(40));
    let lab = lab.awake().await;
    let calls = tokio::spawn(load(lab.channel.clone(), 1, Duration::from_secs(3)));
    sleep(ms(500)).await;
    for address in ["a:1", "b:1"] {
        lab.network.peer(address).accepts(Duration::from_secs(1));
    }
    lab.source.set(set(&["a:1", "b:1"]).with_service_config(PICK_FIRST));
    sleep(ms(200)).await;
    assert_eq!((lab.channel.state(), lab.network.peer("b:1").live()), (Ready, 1), "round_robin serves on");
    sleep(ms(1_200)).await;
    assert_eq!(lab.network.peer("b:1").live(), 0, "the old connection is closed after its last call");
    let outcomes = calls.await.unwrap();
    assert!(outcomes.len() > 2_500 && failed(&outcomes).is_empty(), "{:?}", failed(&outcomes));
    assert_eq!(lab.calls(4).await, ["a:1"; 4]);
}

/// gRPC case 33.
#[tokio::test(start_paused = true)]
async fn a_failed_policy_is_replaced_at_once() {
    let lab = Lab::new("round_robin", &["a:1"]);
    lab.network.peer("a:1").refuses(Duration::ZERO);
    let lab = lab.awake().await;
    assert_eq!(lab.channel.state(), TransientFailure);
    lab.network.peer("a:1").hangs();
    lab.source.set(set(&["a:1"]).with_service_config(PICK_FIRST));
    settle().await;
    assert_eq!(lab.channel.state(), Connecting);
}

/// gRPC case 34.
#[tokio::test(start_paused = true)]
async fn a_policy_that_loses_ready_is_replaced_at_once_and_calls_wait_for_the_new_one() {
    let lab = Lab::new("round_robin", &["a:1"]).awake().await;
    lab.network.peer("a:1").accepts(Duration::from_secs(2));
    lab.source.set(set(&["a:1"]).with_service_config(PICK_FIRST));
    settle().await;
    assert_eq!(lab.channel.state(), Ready, "the old one serves while the new one connects");
    lab.network.peer("a:1").kill();
    settle().await;
    assert_eq!((lab.channel.state(), lab.network.live()), (Connecting, 0));
    let call = crate::harness::Call::default().spawn(&lab.channel);
    sleep(ms(100)).await;
    assert!(!call.is_finished());
    assert_eq!(call.await.unwrap(), Ok("a:1".to_owned()));
    assert_eq!((lab.channel.state(), lab.network.live()), (Ready, 1));
    assert!(lab.network.now() < ms(2_200), "the attempt that was under way is the one that counts");
}

/// gRPC case 35, F 92.
#[tokio::test(start_paused = true)]
async fn the_first_known_policy_counts_and_without_one_the_old_serves_on() {
    let lab = Lab::new("pick_first", &["a:1", "b:1"]).awake().await;
    let first_known = r#"{"loadBalancingConfig":[{"nonexistent":{}},{"round_robin":{}}]}"#;
    lab.source.set(set(&["a:1", "b:1"]).with_service_config(first_known));
    settle().await;
    let from = lab.calls(4).await;
    assert_eq!(from.iter().filter(|address| *address == "a:1").count(), 2, "{from:?}");
    lab.source.set(set(&["a:1", "b:1"]).with_service_config(UNKNOWN));
    settle().await;
    let from = lab.calls(4).await;
    assert_eq!(from.iter().filter(|address| *address == "a:1").count(), 2, "{from:?}");
}

/// gRPC case 36.
#[tokio::test(start_paused = true)]
async fn a_first_config_that_is_unusable_fails_calls_until_there_is_a_good_one() {
    let source = Manual::new();
    source.set(set(&["a:1"]).with_service_config(UNKNOWN));
    let lab = Lab::over(Network::of(["a:1", "b:1", "c:1"]), source, |builder| builder).awake().await;
    assert_eq!((lab.channel.state(), lab.network.dials().len()), (TransientFailure, 0));
    assert_unavailable(lab.call().await, "No known policies in list: nope");
    assert_eq!(lab.source.refreshes(), 0);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(lab.source.refreshes(), 1, "asked again with back-off");
    lab.source.set(set(&["a:1"]).with_service_config(ROUND_ROBIN));
    settle().await;
    assert_eq!((lab.channel.state(), lab.call().await), (Ready, Ok("a:1".to_owned())));
}

/// gRPC case 36, F 94: a bad config over a good one leaves the good one in force, for the new addresses.
#[tokio::test(start_paused = true)]
async fn a_bad_config_over_a_good_one_keeps_it_for_the_new_addresses() {
    let source = Manual::new();
    source.set(set(&["a:1"]).with_service_config(ROUND_ROBIN));
    let lab = Lab::over(Network::of(["a:1", "b:1", "c:1"]), source, |b| b.policy("pick_first")).awake().await;
    for bad in [UNKNOWN, "{", r#"{"loadBalancingConfig":[{"round_robin":{},"pick_first":{}}]}"#] {
        lab.source.set(set(&["b:1", "c:1"]).with_service_config(bad));
        settle().await;
        let from = lab.calls(4).await;
        assert_eq!(from.iter().filter(|address| *address == "b:1").count(), 2, "round_robin still: {from:?}");
    }
    sleep(Duration::from_secs(5)).await;
    assert!(lab.source.refreshes() > 0, "the source is told");
    assert_eq!(lab.network.peer("a:1").live(), 0);
}

/// gRPC case 38.
#[tokio::test(start_paused = true)]
async fn a_lazy_channel_dials_once_with_its_first_call() {
    for policy in ["pick_first", "round_robin"] {
        let lab = Lab::new(policy, &["a:1"]);
        lab.network.peer("a:1").accepts(ms(30));
        sleep(Duration::from_secs(60)).await;
        assert_eq!((lab.channel.state(), lab.network.dials().len(), lab.source.watchers()), (Idle, 0, 0));
        assert_eq!(lab.call().await, Ok("a:1".to_owned()));
        assert_eq!((lab.network.now().as_secs(), lab.network.dials().len()), (60, 1));
    }
}

/// gRFC A6, section 1.19 of the reference: a method's own timeout and patience, the most exact name first.
#[tokio::test(start_paused = true)]
async fn a_method_has_its_own_timeout_and_patience() {
    let config = r#"{"methodConfig":[
        {"name":[{"service":"service","method":"Method"}],"waitForReady":true,"timeout":"1.5s"},
        {"name":[{"service":"service"}],"timeout":"7s"}]}"#;
    let lab = Lab::new("round_robin", &["a:1"]);
    lab.network.peer("a:1").refuses(Duration::ZERO);
    lab.source.set(set(&["a:1"]).with_service_config(config));
    let lab = lab.awake().await;
    assert_eq!(lab.channel.state(), TransientFailure);
    let before = Instant::now();
    let (code, text) = lab.call().await.unwrap_err();
    assert_eq!((code, before.elapsed().as_millis() / 10), (Code::DeadlineExceeded, 150), "{text}");
    // Only the method's part changes: the next call sees it.
    lab.source.set(set(&["a:1"]).with_service_config("{}"));
    settle().await;
    assert_unavailable(lab.call().await, "refused");
}

/// gRPC section 1.15: a third policy takes the place of one that is still waiting, and the first serves on.
#[tokio::test(start_paused = true)]
async fn going_back_while_a_new_policy_waits_lets_go_of_it() {
    let lab = Lab::new("round_robin", &["a:1"]).awake().await;
    lab.network.peer("a:1").hangs();
    lab.source.set(set(&["a:1"]).with_service_config(PICK_FIRST));
    settle().await;
    assert_eq!((lab.network.leaks().len(), lab.network.dials().len()), (2, 2));
    lab.source.set(set(&["a:1"]).with_service_config(ROUND_ROBIN));
    settle().await;
    assert_eq!(
        (lab.channel.state(), lab.network.leaks().len(), lab.call().await),
        (Ready, 1, Ok("a:1".to_owned()))
    );
}
