use crate::names;
use evenkeel_balance::{Balancer, BuildError, CallSpec, PickErrorKind};
use evenkeel_core::Registry;
use evenkeel_testkit::Script;
use std::time::Duration;

fn refused(result: Result<Balancer, BuildError>) -> String {
    result.map(drop).unwrap_err().to_string()
}

/// F46, G-79: one clear error, at build.
#[test]
fn a_bad_target_or_policy_is_an_error_that_names_it() {
    for (target, why) in [
        ("static:///a", "HOST:PORT"),
        ("static:///a:70000", "1..=65535"),
        ("nope:///a", "no source for the scheme \"nope\""),
        ("static:///a:1;weight=-1", "0..=4294967295"),
    ] {
        let error = refused(Balancer::builder(target).build());
        assert!(error.contains(why), "{target}: {error}");
    }
    let error = refused(Balancer::builder("static:///a:1").policy("nope").build());
    assert!(error.contains("nope"), "{error}");
    let config = r#"{"loadBalancingConfig":[{"round_robin":{"order":1}}]}"#;
    let error = refused(Balancer::builder("static:///a:1").service_config(config).build());
    assert!(error.contains("loadBalancingConfig[0].round_robin.order"), "{error}");
}

/// F57.
#[test]
fn a_proxy_takes_all_calls_and_keeps_the_targets_name() {
    let balancer = Balancer::builder("static:///svc.example:80").proxy("127.0.0.1:15001").build().unwrap();
    let call = CallSpec::new();
    let mut attempts = balancer.pick(&call).unwrap();
    let attempt = attempts.next().unwrap();
    assert_eq!((attempt.name().as_str(), attempt.authority()), ("127.0.0.1:15001", "svc.example:80"));
    attempt.unsent();
    assert!(attempts.next().is_none(), "the proxy is the only one");
    let status = balancer.status();
    assert_eq!(status.to_string(), "static:///svc.example:80: bypassed: proxy");
    assert_eq!(status.bypassed, Some("proxy"));
}

/// F57.
#[test]
fn a_proxy_and_a_policy_are_an_error_that_explains_it() {
    let builder = || Balancer::builder("static:///a:1").proxy("127.0.0.1:1");
    let registry = Registry::empty().with::<custom_round_robin::CustomRoundRobin>().unwrap();
    let custom = registry.default_of("custom_round_robin").unwrap();
    let config = r#"{"loadBalancingConfig":[{"round_robin":{}}]}"#;
    for (builder, policy) in [
        (builder().policy("round_robin"), "round_robin"),
        (builder().choice(custom), "custom_round_robin"),
        (builder().service_config(config), "round_robin"),
    ] {
        let error = refused(builder.build());
        assert!(
            error.contains(&format!("the policy {policy}")) && error.contains("name one of them"),
            "{error}"
        );
    }
    assert!(refused(Balancer::builder("static:///a:1").proxy("nope").build()).contains("proxy"));
}

/// F41, H 118, G-75: no runtime is needed to build, nor to pick from a set that is known at once.
#[test]
fn without_a_runtime_a_static_target_works_and_another_says_what_is_missing() {
    let balancer = Balancer::builder("static:///a:1,b:1").policy("round_robin").start(0).build().unwrap();
    let call = CallSpec::new();
    assert_eq!(names(&mut balancer.pick(&call).unwrap())[0], "a:1");
    let unknown = Balancer::builder("x:///y").discover(Script::new()).build().unwrap();
    let error = unknown.pick(&call).map(drop).unwrap_err();
    assert!(error.to_string().contains("needs a tokio runtime"), "{error}");
    assert_eq!(error.kind(), PickErrorKind::NotYet);
}

/// F41: a balancer outlives the runtime that it was first used in.
#[test]
fn another_runtime_goes_on_where_one_was_shut_down() {
    let runtime =
        || tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let second = Duration::from_secs(1);
    let script = Script::new().yields(second, crate::set([1])).yields(second, crate::set([2]));
    let balancer = Balancer::builder("x:///y").discover(script).build().unwrap();
    runtime().block_on(balancer.ready()).unwrap();
    let call = CallSpec::new();
    assert_eq!(names(&mut balancer.pick(&call).unwrap()), ["h1:1"]);
    runtime().block_on(async {
        balancer.ready().await.unwrap();
        tokio::time::sleep(2 * second).await;
    });
    assert_eq!(names(&mut balancer.pick(&call).unwrap()), ["h2:1"]);
}

/// G 110: a password in the target is not shown by what is made of it.
#[test]
fn credentials_of_the_target_are_not_shown() {
    let builder = Balancer::builder("etcd://me:s3cret@h/svc?token=s3cret");
    let shown = format!("{builder:?} {:?}", builder.clone().build().map(drop));
    assert!(shown.contains("etcd://***@h/svc?token=***") && !shown.contains("s3cret"), "{shown}");
}
