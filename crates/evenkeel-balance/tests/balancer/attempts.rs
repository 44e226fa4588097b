use crate::{at, names, over, set};
use evenkeel_balance::{Balancer, CallSpec, PickErrorKind};
use evenkeel_core::{FailureKind, Instance, Outcome, policies};
use evenkeel_discover::Manual;
use std::{collections::BTreeSet, sync::Arc};

fn balancer(policy: &str) -> Balancer {
    let manual = Manual::new();
    manual.set(set(1..=3));
    over(&manual).policy(policy).build().unwrap()
}

/// G-42, G-43, F20, E 82: every policy that needs no key.
#[test]
fn each_instance_has_one_attempt_and_then_the_error_says_that_all_were_tried() {
    let call = CallSpec::new().key("k");
    for policy in policies::registry().policies() {
        let Ok(choice) = policies::registry().default_of(policy.name) else { continue };
        let manual = Manual::new();
        manual.set(set(1..=3));
        let balancer = over(&manual).choice(choice).build().unwrap();
        for _ in 0..100 {
            let mut attempts = balancer.pick(&call).unwrap();
            let seen = names(&mut attempts);
            assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 3, "{}: {seen:?}", policy.name);
            assert_eq!(seen.len(), 3, "{}: {seen:?}", policy.name);
            assert!(attempts.next().is_none());
            let error = attempts.into_error();
            assert_eq!(error.kind(), PickErrorKind::AllTried);
            assert_eq!(error.to_string(), "all 3 instances of manual:///svc for this call were tried");
        }
    }
}

/// F02, G-24: drained instances never, on any attempt.
#[test]
fn a_drained_instance_has_no_attempt() {
    let manual = Manual::new();
    manual.set([at(1), at(2).with_weight(0), at(3)].into_iter().collect::<evenkeel_core::Snapshot>());
    let balancer = over(&manual).build().unwrap();
    for _ in 0..10 {
        let call = CallSpec::new();
        assert!(!names(&mut balancer.pick(&call).unwrap()).contains(&"h2:1".to_owned()));
    }
    assert_eq!(balancer.status().to_string(), "manual:///svc: 3 instances, 1 drained, version 1");
}

/// F04, G-24: different reasons are different errors.
#[tokio::test]
async fn empty_and_all_drained_are_different_errors() {
    let (manual, call) = (Manual::new(), CallSpec::new());
    manual.set(set([]));
    let balancer = over(&manual).build().unwrap();
    let kind = || balancer.pick(&call).map(drop).unwrap_err().kind();
    assert_eq!(kind(), PickErrorKind::NoInstance(FailureKind::Empty));
    manual.set([at(1).with_weight(0)].into_iter().collect::<evenkeel_core::Snapshot>());
    crate::settle().await;
    assert_eq!(kind(), PickErrorKind::NoInstance(FailureKind::AllDrained));
}

/// Design note 15: a policy that joins all instances into one endpoint still gives each its attempt.
#[test]
fn pick_first_tries_the_instances_in_order() {
    let (balancer, call) = (balancer("pick_first"), CallSpec::new());
    for _ in 0..3 {
        assert_eq!(names(&mut balancer.pick(&call).unwrap()), ["h1:1", "h2:1", "h3:1"]);
    }
}

/// F06, DESIGN.md 2.2: retries do not move the rotation of first picks.
#[test]
fn a_retry_does_not_move_the_rotation() {
    let (balancer, call) = (balancer("round_robin"), CallSpec::new());
    let firsts: Vec<String> = (0..6).map(|_| names(&mut balancer.pick(&call).unwrap())[0].clone()).collect();
    assert_eq!(firsts, ["h1:1", "h2:1", "h3:1", "h1:1", "h2:1", "h3:1"]);
}

/// F49, G-52: no discovery, no pick.
#[test]
fn a_pinned_instance_is_the_only_attempt() {
    let manual = Manual::new();
    let balancer = over(&manual).build().unwrap();
    let pinned: Arc<Instance> = Arc::new(at(9));
    let call = CallSpec::new().pin(&pinned);
    assert_eq!(names(&mut balancer.pick(&call).unwrap()), ["h9:1"]);
    assert_eq!(manual.watchers(), 0, "nothing was looked up");
}

/// G-53, D 74: cancelled attempts leave nothing in flight.
#[test]
fn a_dropped_attempt_counts_as_canceled_and_leaves_no_load() {
    let (balancer, call) = (balancer("least_request"), CallSpec::new());
    for n in 0..300 {
        let mut attempts = balancer.pick(&call).unwrap();
        let attempt = attempts.next();
        if n % 3 == 0 {
            drop(attempt);
        } else if n % 3 == 1 {
            attempt.unwrap().end(Outcome::Success);
        }
    }
    // With nothing in flight the least loaded of two is still anybody.
    let held: Vec<_> = (0..3).map(|_| balancer.pick(&call).unwrap().next().unwrap()).collect();
    assert!(held.iter().map(|a| a.name()).collect::<BTreeSet<_>>().len() >= 2);
}

/// H 114: the hot path.
#[test]
fn a_first_attempt_allocates_nothing() {
    for policy in
        ["adaptive", "least_request", "maglev", "peak_ewma", "random", "round_robin", "weighted_random"]
    {
        let (balancer, call) = (balancer(policy), CallSpec::new().key("k"));
        let pick = || drop(balancer.pick(&call).unwrap().next());
        pick();
        let counted = allocation_counter::measure(|| (0..100).for_each(|_| pick()));
        assert_eq!(counted.count_total, 0, "{policy}");
    }
}
