use crate::{at, names, over, set, settle};
use evenkeel_balance::{Balancer, CallSpec, PickErrorKind};
use evenkeel_core::Snapshot;
use evenkeel_discover::{Manual, Settings, Source};
use evenkeel_testkit::Script;
use std::time::Duration;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// `NotYet` before the first set; `ready` waits for it.
#[tokio::test(start_paused = true)]
async fn before_the_first_set_a_pick_fails_and_ready_waits() {
    let script = Script::new().yields(SECOND, set([1]));
    let balancer = Balancer::builder("x:///y").discover(script).build().unwrap();
    let call = CallSpec::new();
    assert_eq!(balancer.pick(&call).map(drop).unwrap_err().kind(), PickErrorKind::NotYet);
    let began = Instant::now();
    assert_eq!(names(&mut balancer.pick_ready(&call).await.unwrap()), ["h1:1"]);
    assert_eq!(began.elapsed(), SECOND);
}

#[tokio::test(start_paused = true)]
async fn ready_is_bounded() {
    let balancer =
        Balancer::builder("x:///y").discover(Script::new()).ready_timeout(3 * SECOND).build().unwrap();
    let began = Instant::now();
    let error = balancer.ready().await.unwrap_err();
    assert_eq!(
        (began.elapsed(), error.to_string().as_str()),
        (3 * SECOND, "discovery of x:///y did not answer within 3s")
    );
}

/// G-60: the first look fails: an error, nothing kept; the next answer counts.
#[tokio::test(start_paused = true)]
async fn a_first_look_that_fails_is_told_and_the_next_answer_counts() {
    let script = Script::new().fails(SECOND, "registry down").yields(SECOND, set([1]));
    let balancer = Balancer::builder("x:///y").discover(script).build().unwrap();
    let error = balancer.ready().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (PickErrorKind::Discovery, "discovery of x:///y: registry down")
    );
    tokio::time::sleep(2 * SECOND).await;
    balancer.ready().await.unwrap();
}

/// F36, G-70: an error empties nothing, and shows.
#[tokio::test(start_paused = true)]
async fn an_error_keeps_the_last_good_set_and_shows_with_its_age() {
    let (manual, call) = (Manual::new(), CallSpec::new());
    manual.set(set([1, 2]));
    let balancer = over(&manual).build().unwrap();
    settle().await;
    tokio::time::advance(42 * SECOND).await;
    manual.fail("registry down");
    settle().await;
    assert_eq!(names(&mut balancer.pick(&call).unwrap()).len(), 2);
    let status = balancer.status();
    assert_eq!(
        status.to_string(),
        "manual:///svc: 2 instances, 0 drained, version 1; stale for 42 s: registry down"
    );
    manual.set(set([1, 2]));
    settle().await;
    assert!(balancer.status().error.is_none(), "the next good answer clears it");
    assert_eq!(balancer.status().version, 1);
}

/// A 7: a new weight counts from the next pick on.
#[tokio::test(start_paused = true)]
async fn a_weight_of_0_takes_an_instance_out_of_the_next_pick() {
    let (manual, call) = (Manual::new(), CallSpec::new());
    manual.set(set([1, 2]));
    let balancer = over(&manual).build().unwrap();
    manual.set([at(1), at(2).with_weight(0)].into_iter().collect::<Snapshot>());
    settle().await;
    assert_eq!(names(&mut balancer.pick(&call).unwrap()), ["h1:1"]);
}

/// A 12, F30, G-58: what came last counts.
#[tokio::test(start_paused = true)]
async fn a_change_during_the_attempts_is_seen_by_the_next_one() {
    let (manual, call) = (Manual::new(), CallSpec::new());
    manual.set(set([1, 2]));
    let balancer = over(&manual).build().unwrap();
    let mut attempts = balancer.pick(&call).unwrap();
    attempts.next().unwrap().unsent();
    manual.set(set([1, 3]));
    settle().await;
    assert_eq!(attempts.next().unwrap().instance().name(), "h3:1");
    assert!(attempts.next().is_none());
}

/// F27: waiting for the first instance of an empty set.
#[tokio::test(start_paused = true)]
async fn available_waits_for_the_first_instance() {
    let (script, call) = (Script::new().yields(SECOND, set([])).yields(SECOND, set([1])), CallSpec::new());
    let balancer = Balancer::builder("x:///y").discover(script).build().unwrap();
    let began = Instant::now();
    balancer.available(&call).await;
    assert_eq!(began.elapsed(), 2 * SECOND);
    assert_eq!(names(&mut balancer.pick(&call).unwrap()), ["h1:1"]);
}

/// F36: beyond `max_stale` picks fail with the error that began it; a good answer clears it.
#[tokio::test(start_paused = true)]
async fn a_set_that_is_too_old_serves_no_more_until_a_good_answer() {
    let script =
        Script::new().yields(SECOND, set([1])).fails(9 * SECOND, "gone").fails(10 * SECOND, "still gone");
    let script = script.yields(60 * SECOND, set([1]));
    let mut settings = Settings::default();
    settings.max_stale = Some(30 * SECOND);
    let source = Source::new(script).with_settings(settings);
    let balancer = Balancer::builder("x:///y").discover(source).build().unwrap();
    let call = CallSpec::new();
    tokio::time::sleep(39 * SECOND).await;
    assert_eq!(names(&mut balancer.pick(&call).unwrap()), ["h1:1"]);
    tokio::time::sleep(2 * SECOND).await;
    let error = balancer.pick(&call).map(drop).unwrap_err();
    let text = "discovery of x:///y: no good answer for 30s: gone";
    assert_eq!((error.kind(), error.to_string().as_str()), (PickErrorKind::Discovery, text));
    tokio::time::sleep(60 * SECOND).await;
    assert_eq!(names(&mut balancer.pick(&call).unwrap()), ["h1:1"]);
}

/// A 20, G-77, in instance mode: a tier is used once all of the better one were tried, and when it is gone.
#[tokio::test(start_paused = true)]
async fn a_worse_tier_is_tried_after_all_of_the_better_one() {
    let manual = Manual::new();
    manual.set(
        [at(1).with_priority(10), at(2).with_priority(20), at(3).with_priority(10)]
            .into_iter()
            .collect::<Snapshot>(),
    );
    let (balancer, call) = (over(&manual).build().unwrap(), CallSpec::new());
    settle().await;
    for _ in 0..6 {
        let tried = names(&mut balancer.pick(&call).unwrap());
        assert_eq!((tried.len(), tried[2].as_str()), (3, "h2:1"), "{tried:?}");
    }
    manual.set(
        [at(1).with_priority(10).with_weight(0), at(2).with_priority(20)].into_iter().collect::<Snapshot>(),
    );
    settle().await;
    assert_eq!(names(&mut balancer.pick(&call).unwrap()), ["h2:1"]);
}
