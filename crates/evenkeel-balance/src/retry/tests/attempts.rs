use super::*;
use evenkeel_core::{Address, Instance, Outcome, policies};
use std::{
    cell::Cell,
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

/// F22: 0 attempts make no sense, 1 is the call without a retry.
#[tokio::test(start_paused = true)]
async fn one_attempt_is_no_retry_and_none_is_an_error() {
    assert_eq!(Retry::new(0, ms(1)).unwrap_err(), InvalidRetry::NoAttempts);
    assert_eq!(Retry::default().attempts(0).unwrap_err(), InvalidRetry::NoAttempts);
    let retry = Retry::new(1, ms(5_000)).unwrap();
    let error =
        retry.call(&Fake::of(&["a:1", "b:1"]), (), async |_, ()| Err::<(), _>(refused())).await.unwrap_err();
    assert_eq!((names(&error), error.kind()), (vec!["a:1".to_owned()], RetryErrorKind::Exhausted));
}

/// G-42, E 82: for every policy, the second attempt goes to the other instance, each time.
#[tokio::test(start_paused = true)]
async fn a_retry_goes_to_the_other_instance_under_every_policy() {
    for policy in policies::registry().policies() {
        // Some have settings without a default; pick_first joins all instances into one.
        let Ok(choice) = policies::registry().default_of(policy.name) else { continue };
        if policy.name == "pick_first" {
            continue;
        }
        let fake = Fake::with(choice, &["a:1", "b:1"]);
        for call in 0..10_000 {
            let seen = Cell::new(Vec::new());
            let answer = retry(&fake, (), async |instance: Arc<Instance>, ()| {
                let mut so_far = seen.take();
                so_far.push(instance.name());
                let first = so_far.len() == 1;
                seen.set(so_far);
                if first { Err(refused()) } else { Ok(()) }
            })
            .await;
            let seen = seen.take();
            assert!(
                answer.is_ok() && seen.len() == 2 && seen[0] != seen[1],
                "{}, {call}: {seen:?}",
                policy.name
            );
        }
    }
}

/// G-43, B 24: where all refuse, each instance is tried once; a lower limit ends it sooner.
#[tokio::test(start_paused = true)]
async fn each_instance_is_tried_once_then_the_call_is_exhausted() {
    let fake = Fake::of(&["a:1", "b:1", "c:1"]);
    for (limit, want) in [(6, 3), (3, 3), (2, 2), (u32::MAX, 3)] {
        let retry = Retry::default().attempts(limit).unwrap();
        let error = retry.call(&fake, (), async |_, ()| Err::<(), _>(refused())).await.unwrap_err();
        let distinct: BTreeSet<String> = names(&error).into_iter().collect();
        assert_eq!((error.attempts().len(), distinct.len()), (want, want), "{error}");
        assert_eq!((error.kind(), error.is_retryable()), (RetryErrorKind::Exhausted, true));
    }
    assert_eq!(fake.load.pending(), 0);
}

/// F23, C 51: what may have reached a server is repeated only if the call is marked as repeatable.
#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_repeated_only_for_repeatable_calls() {
    let fake = Fake::of(&["a:1", "b:1"]);
    let plain = Retry::new(3, ms(5_000)).unwrap();
    let error = plain.call(&fake, (), async |_, ()| Err::<(), _>(reset())).await.unwrap_err();
    assert_eq!((error.attempts().len(), error.kind()), (1, RetryErrorKind::NotRetryable));
    assert!(!error.is_retryable(), "it may have been done");

    let error = plain.repeatable().call(&fake, (), async |_, ()| Err::<(), _>(reset())).await.unwrap_err();
    assert_eq!((error.attempts().len(), error.kind()), (2, RetryErrorKind::Exhausted));
    assert!(error.is_retryable());
}

/// G-50: Go kit's counting, where the limit counts attempts in all.
#[tokio::test(start_paused = true)]
async fn the_limit_counts_all_attempts_as_go_kit_does() {
    let fake = Fake::of(&["a:1", "b:1", "c:1"]);
    for (limit, succeeds) in [(2, false), (3, true)] {
        fake.set(&[]);
        fake.set(&["a:1", "b:1", "c:1"]);
        let tries = AtomicU32::new(0);
        let retry = Retry::new(limit, ms(5_000)).unwrap();
        let answer = retry
            .call(&fake, (), async |_, ()| match tries.fetch_add(1, Relaxed) {
                0 => Err(io::Error::other(Unsent::new("error one"))),
                1 => Err(io::Error::other(Unsent::new("error two"))),
                _ => Ok("ok"),
            })
            .await;
        assert_eq!(answer.is_ok(), succeeds);
        if let Err(error) = answer {
            let text = error.to_string();
            assert!(text.starts_with("2 attempts failed (exhausted): "), "{text}");
            assert!(text.find("error one").unwrap() < text.find("error two").unwrap(), "{text}");
            assert!(names(&error).iter().all(|name| text.contains(name.as_str())), "{text}");
        }
    }
}

/// G-52, F49: a pinned instance is neither picked nor looked up, and there is no other to go to.
#[tokio::test(start_paused = true)]
async fn a_pinned_instance_is_the_only_one_tried() {
    let instance = Arc::new(Instance::from("10.0.0.9:80".parse::<Address>().unwrap()));
    let pinned = Pinned::new(instance.clone());
    let seen = retry(&pinned, 7, async |at: Arc<Instance>, n| Ok::<_, io::Error>((at, n))).await.unwrap();
    assert_eq!(seen, (instance, 7));
    let error = retry(&pinned, (), async |_, ()| Err::<(), _>(refused())).await.unwrap_err();
    assert_eq!((names(&error), error.kind()), (vec!["10.0.0.9:80".to_owned()], RetryErrorKind::Exhausted));
}

/// G-53: whoever drops a call in its second attempt gets no third, and nothing stays in flight.
#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_ends_its_attempt_as_canceled() {
    let fake = Fake::of(&["a:1", "b:1", "c:1"]);
    let tries = AtomicU32::new(0);
    let retry = Retry::default();
    let call = retry.call(&fake, (), async |_, ()| match tries.fetch_add(1, Relaxed) {
        0 => Err(refused()),
        _ => std::future::pending::<Result<(), _>>().await,
    });
    assert!(tokio::time::timeout(ms(10), call).await.is_err());
    assert_eq!((tries.load(Relaxed), fake.load.pending()), (2, 0));
    assert_eq!(fake.outcomes.all(), [Outcome::Unsent, Outcome::Canceled]);
}

/// A removal between two attempts is simply seen.
#[tokio::test(start_paused = true)]
async fn an_instance_that_was_removed_is_not_tried() {
    let fake = Fake::of(&["a:1", "b:1", "c:1"]);
    let error = retry(&fake, (), async |_, ()| {
        fake.set(&["a:1", "c:1"]);
        Err::<(), _>(refused())
    })
    .await
    .unwrap_err();
    assert_eq!(names(&error), ["a:1", "c:1"]);
}

/// The instance is told what the classifier made of its error.
#[tokio::test(start_paused = true)]
async fn an_instance_is_told_the_verdict() {
    let overloaded = Outcome::Overloaded { retry_after: Some(ms(40)) };
    let cases: [(Verdict<&str>, Outcome); 7] = [
        (Verdict::Unsent, Outcome::Unsent),
        (Verdict::Failed, Outcome::Failure),
        (Verdict::Overloaded { retry_after: Some(ms(40)) }, overloaded),
        (Verdict::Retry, Outcome::Failure),
        (Verdict::Answer, Outcome::Success),
        (Verdict::Stop, Outcome::Failure),
        (Verdict::Replace("other"), Outcome::Failure),
    ];
    for (verdict, outcome) in cases {
        let fake = Fake::of(&["a:1"]);
        let retry = Retry::default().classify(|_: &&str, _| verdict.clone());
        retry.call(&fake, (), async |_, ()| Err::<(), _>("no")).await.unwrap_err();
        assert_eq!(fake.outcomes.all(), [outcome]);
    }
    let fake = Fake::of(&["a:1"]);
    retry(&fake, (), async |_, ()| Ok::<_, io::Error>(())).await.unwrap();
    assert_eq!(fake.outcomes.all(), [Outcome::Success]);
}

/// The classifier is given the number of the attempt, from 1.
#[tokio::test(start_paused = true)]
async fn a_classifier_sees_the_number_of_the_attempt() {
    let fake = Fake::of(&["a:1", "b:1", "c:1", "d:1"]);
    let retry = Retry::default().attempts(9).unwrap();
    let retry = retry.classify(|_: &&str, attempt| if attempt < 3 { Verdict::Retry } else { Verdict::Stop });
    let error = retry.call(&fake, (), async |_, ()| Err::<(), _>("no")).await.unwrap_err();
    assert_eq!((error.attempts().len(), error.kind()), (3, RetryErrorKind::NotRetryable));
}

#[derive(Debug)]
struct Counted(Arc<AtomicU32>);

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.0.fetch_add(1, Relaxed);
        Self(self.0.clone())
    }
}

/// The last attempt that a call may make gets the request itself: without a retry it is never cloned.
#[tokio::test(start_paused = true)]
async fn a_request_is_cloned_only_for_attempts_that_another_may_follow() {
    for (limit, clones) in [(1, 0), (3, 2)] {
        let fake = Fake::of(&["a:1", "b:1", "c:1", "d:1"]);
        let cloned = Arc::new(AtomicU32::new(0));
        let retry = Retry::default().attempts(limit).unwrap();
        let request = Counted(cloned.clone());
        retry.call(&fake, request, async |_, _| Err::<(), _>(refused())).await.unwrap_err();
        assert_eq!(cloned.load(Relaxed), clones);
    }
}

fn sendable<T: Send>(value: T) -> T {
    value
}

#[tokio::test(start_paused = true)]
async fn a_call_can_be_spawned() {
    let fake = Arc::new(Fake::of(&["a:1"]));
    let call = async move { retry(&*fake, (), |at, ()| async move { Ok::<_, io::Error>(at.name()) }).await };
    assert_eq!(tokio::spawn(sendable(call)).await.unwrap().unwrap(), "a:1");
}
