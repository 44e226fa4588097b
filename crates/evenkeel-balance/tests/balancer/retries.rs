//! `Retry` over a `Balancer`.

use crate::{at, over, set};
use evenkeel_balance::{OwnedCallSpec, Retry, RetryErrorKind, RetryLayer, retry};
use evenkeel_core::{FailureKind, Instance, policies};
use evenkeel_discover::Manual;
use evenkeel_testkit::Script;
use std::{
    io::{Error, ErrorKind},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;
use tower_layer::Layer;
use tower_service::Service;

const SECOND: Duration = Duration::from_secs(1);

/// A server that is down.
fn refused() -> Error {
    ErrorKind::ConnectionRefused.into()
}

fn manual(instances: impl IntoIterator<Item = usize>) -> Manual {
    let manual = Manual::new();
    manual.set(set(instances));
    manual
}

/// G-42: by every policy, the second attempt goes to the other instance.
#[tokio::test(start_paused = true)]
async fn a_call_that_one_instance_refuses_is_answered_by_the_other() {
    for policy in policies::registry().policies() {
        let Ok(choice) = policies::registry().default_of(policy.name) else { continue };
        let balancer = over(&manual([1, 2])).choice(choice).build().unwrap();
        for n in 0..1000u32 {
            let call = OwnedCallSpec::new().key(n.to_le_bytes());
            let attempt = |instance: Arc<Instance>, ()| async move {
                if instance.name() == "h1:1" { Err(refused()) } else { Ok(instance.name()) }
            };
            let answer = Retry::default().call_with(&balancer, call, (), attempt).await;
            assert_eq!(answer.unwrap(), "h2:1", "{}", policy.name);
        }
    }
}

/// G-43, F26: the limit, the distinct instances, and the error that lists them.
#[tokio::test(start_paused = true)]
async fn when_all_refuse_the_error_lists_each_instance_once() {
    let balancer = over(&manual(1..=3)).build().unwrap();
    for (limit, tried) in [(6, 3), (2, 2)] {
        let retry = Retry::new(limit, 5 * SECOND).unwrap();
        let error = retry.call(&balancer, (), |_, ()| async { Err::<(), _>(refused()) }).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts().len()), (RetryErrorKind::Exhausted, tried));
        let mut names: Vec<_> = error.attempts().iter().map(|failed| failed.instance.name()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), tried);
        assert!(names.iter().all(|name| error.to_string().contains(name.as_str())), "{error}");
    }
}

/// G-49, E 91: an empty set fails at once, and is not asked in a loop.
#[tokio::test(start_paused = true)]
async fn an_empty_set_fails_at_once() {
    let balancer = over(&manual([])).build().unwrap();
    let began = Instant::now();
    let retry = Retry::new(999, SECOND).unwrap();
    let error = retry.call(&balancer, (), |_, ()| async { Err::<(), _>(refused()) }).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts().len()), (RetryErrorKind::NoInstance(FailureKind::Empty), 0));
    assert!(began.elapsed().is_zero());
    assert!(error.to_string().contains("no instance of manual:///svc: no instances"), "{error}");
}

/// F26: a call whose time ends before discovery has answered says so, and keeps the reason as its source.
#[tokio::test(start_paused = true)]
async fn a_deadline_before_discoverys_answer_says_what_was_waited_for() {
    let balancer = over(&Manual::new()).build().unwrap();
    let began = Instant::now();
    let retry = Retry::new(3, SECOND).unwrap();
    let error = retry.call(&balancer, (), |_, ()| async { Err::<(), _>(refused()) }).await.unwrap_err();
    assert_eq!((error.kind(), began.elapsed()), (RetryErrorKind::Deadline, SECOND));
    let why = "discovery of manual:///svc has not answered yet";
    assert_eq!(error.to_string(), format!("no attempt (deadline: {why})"));
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), why);
    assert!(error.is_retryable());
}

/// F27: or, if asked to, waits for the first instance.
#[tokio::test(start_paused = true)]
async fn an_empty_set_is_waited_out_where_the_call_has_patience() {
    let script = || Script::new().yields(Duration::ZERO, set([])).yields(3 * SECOND, set([1]));
    let balancer = |script| evenkeel_balance::Balancer::builder("x:///y").discover(script).build().unwrap();
    let call = |patience| Retry::default().wait_for_instance(patience);
    let answered = |instance: Arc<Instance>, ()| async move { Ok::<_, Error>(instance.name()) };
    let began = Instant::now();
    let answer = call(5 * SECOND).call(&balancer(script()), (), answered).await;
    assert_eq!((answer.unwrap().as_str(), began.elapsed()), ("h1:1", 3 * SECOND));
    let began = Instant::now();
    let error = call(2 * SECOND).call(&balancer(script()), (), answered).await.unwrap_err();
    assert_eq!((error.kind(), began.elapsed()), (RetryErrorKind::NoInstance(FailureKind::Empty), 2 * SECOND));
}

/// F49, G-52.
#[tokio::test(start_paused = true)]
async fn a_pinned_instance_has_one_attempt() {
    let (balancer, pinned) = (over(&manual([1, 2])).build().unwrap(), Arc::new(at(9)));
    let call = OwnedCallSpec::new().pin(pinned);
    let attempt = |instance: Arc<Instance>, ()| async move {
        Err::<(), _>(Error::new(ErrorKind::ConnectionRefused, instance.name()))
    };
    let error = Retry::default().call_with(&balancer, call, (), attempt).await.unwrap_err();
    assert_eq!((error.attempts().len(), error.attempts()[0].instance.name().as_str()), (1, "h9:1"));
}

/// A service below the layer, which knows which servers are down.
#[derive(Clone)]
struct Servers(Arc<Mutex<Vec<String>>>);

impl Service<(String, String)> for Servers {
    type Response = String;
    type Error = Error;
    type Future = std::future::Ready<Result<String, Error>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, (server, request): (String, String)) -> Self::Future {
        self.0.lock().unwrap().push(server.clone());
        std::future::ready(if server == "h3:1" {
            Ok(format!("{request} at {server}"))
        } else {
            Err(refused())
        })
    }
}

/// C 51: as a tower layer.
#[tokio::test(start_paused = true)]
async fn the_layer_repeats_on_another_instance() {
    let servers = Servers(Arc::default());
    let balancer = over(&manual(1..=3)).build().unwrap();
    let route = |request: String, instance: &Arc<Instance>| (instance.name(), request);
    let layer = RetryLayer::new(balancer, Retry::new(3, 5 * SECOND).unwrap(), route);
    let answer = layer.layer(servers.clone()).call("hello".to_owned()).await.unwrap();
    assert_eq!(answer, "hello at h3:1");
    let mut tried = servers.0.lock().unwrap().clone();
    tried.sort();
    tried.dedup();
    assert!(tried.contains(&"h3:1".to_owned()) && tried.len() <= 3);
}

/// The function in one line.
#[tokio::test(start_paused = true)]
async fn a_call_in_one_line() {
    let balancer = over(&manual([1])).build().unwrap();
    let answer = retry(&balancer, "hello", |instance, request| async move {
        Ok::<_, Error>(format!("{request} {}", instance.name()))
    })
    .await;
    assert_eq!(answer.unwrap(), "hello h1:1");
}

/// F51, G-42: who cannot be connected to is left alone, though such a call costs no time and leaves nothing in flight.
#[tokio::test(start_paused = true)]
async fn an_instance_that_refuses_connections_draws_no_calls() {
    for policy in ["adaptive", "peak_ewma"] {
        let balancer = over(&manual(1..=10)).policy(policy).seed(3).build().unwrap();
        let (refusals, mut calls) = (Arc::new(Mutex::new(0)), tokio::task::JoinSet::new());
        for _ in 0..40 {
            let (balancer, refusals) = (balancer.clone(), refusals.clone());
            calls.spawn(async move {
                for _ in 0..500 {
                    let attempt = |instance: Arc<Instance>, ()| async {
                        if instance.name() == "h3:1" {
                            *refusals.lock().unwrap() += 1;
                            return Err(refused());
                        }
                        tokio::time::sleep(Duration::from_millis(5)).await;
                        drop(instance);
                        Ok(())
                    };
                    Retry::default().call(&balancer, (), attempt).await.unwrap();
                }
            });
        }
        calls.join_all().await;
        let refusals = *refusals.lock().unwrap();
        assert!(refusals < 200, "{policy}: {refusals} of 20,000 calls");
    }
}
