use crate::{at, over, settle};
use custom_round_robin::CustomRoundRobin;
use evenkeel_balance::CallSpec;
use evenkeel_core::{Snapshot, policies};
use evenkeel_discover::Manual;

/// F58, F 96: the third party's policy of connection mode, unchanged.
#[tokio::test(start_paused = true)]
async fn a_custom_policy_of_connection_mode_runs_in_instance_mode() {
    let (manual, call) = (Manual::new(), CallSpec::new());
    manual.set([at(1), at(2)].into_iter().collect::<Snapshot>());
    let registry = policies::registry().with::<CustomRoundRobin>().unwrap();
    let config = r#"{"loadBalancingConfig":[{"custom_round_robin":{"chooseSecond":3}}]}"#;
    let balancer = over(&manual).registry(registry).service_config(config).build().unwrap();
    let first = || balancer.pick(&call).unwrap().next().unwrap().instance().name();
    let nine: Vec<String> = (0..9).map(|_| first()).collect();
    assert_eq!(nine, ["h1:1", "h1:1", "h2:1"].repeat(3));
    // F06: retries do not move the rotation, however many there are.
    let all = || crate::names(&mut balancer.pick(&call).unwrap());
    assert_eq!([all(), all(), all()].map(|names| names[0].clone()), ["h1:1", "h1:1", "h2:1"]);
    // Three instances are refused; the last good two serve on, and the source is asked to look again.
    manual.set(crate::set(1..=3));
    settle().await;
    assert!(
        balancer.status().to_string().ends_with("refused: custom_round_robin wants two instances, got 3")
    );
    assert!((0..9).all(|_| first() != "h3:1"));
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert!(manual.refreshes() > 0);
    // F02: one is drained, so that one is left, which is refused too. The drained one gets no call for all that.
    manual.set([at(1), at(2).with_weight(0)].into_iter().collect::<Snapshot>());
    settle().await;
    assert!(balancer.status().refused.is_some());
    assert!((0..9).all(|_| first() == "h1:1"));
}
