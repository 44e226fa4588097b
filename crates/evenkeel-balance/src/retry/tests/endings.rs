use super::*;
use evenkeel_core::{Failure, FailureKind};
use std::error::Error as _;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Mine {
    #[error("connecting failed")]
    Connect,
    #[error("no such user")]
    NotFound,
    #[error("the service is unavailable")]
    Unavailable,
}

/// G-44: an error that is not to be repeated ends the call, and is its source.
#[tokio::test(start_paused = true)]
async fn an_error_that_is_not_to_be_repeated_is_the_source() {
    let error =
        retry(&Fake::of(&["a:1", "b:1"]), (), async |_, ()| Err::<(), _>(Mine::NotFound)).await.unwrap_err();
    assert_eq!((error.attempts().len(), error.kind()), (1, RetryErrorKind::NotRetryable));
    assert_eq!(error.source().unwrap().downcast_ref(), Some(&Mine::NotFound));
    assert_eq!(error.last(), Some(&Mine::NotFound));
    assert_eq!(error.into_last(), Some(Mine::NotFound));
}

/// G-45: after the limit the caller still recognises the error, as the same variant.
#[tokio::test(start_paused = true)]
async fn a_connect_error_is_recognised_after_the_limit() {
    let retry = Retry::default().classify(|error: &Mine, _| match error {
        Mine::Connect => Verdict::Unsent,
        _ => Verdict::Stop,
    });
    let fake = Fake::of(&["a:1", "b:1", "c:1", "d:1"]);
    let error = retry.call(&fake, (), async |_, ()| Err::<(), _>(Mine::Connect)).await.unwrap_err();
    assert_eq!((error.attempts().len(), error.kind()), (3, RetryErrorKind::Exhausted));
    assert_eq!(error.source().unwrap().downcast_ref(), Some(&Mine::Connect));
    assert!(error.attempts().iter().all(|failed| failed.error() == Some(&Mine::Connect)));
}

/// G-51: a classifier may end the call with another error; the list still has the original.
#[tokio::test(start_paused = true)]
async fn a_replaced_error_is_final_and_the_original_is_kept() {
    let retry = Retry::default().classify(|_: &Mine, _| Verdict::Replace(Mine::Unavailable));
    let fake = Fake::of(&["10.0.0.1:80", "10.0.0.2:80"]);
    let error = retry.call(&fake, (), async |_, ()| Err::<(), _>(Mine::Connect)).await.unwrap_err();
    assert_eq!(error.kind(), RetryErrorKind::NotRetryable);
    assert_eq!(error.source().unwrap().downcast_ref(), Some(&Mine::Unavailable));
    assert_eq!(error.attempts()[0].error(), Some(&Mine::Connect));
    let want = "1 attempt failed (not retryable: the service is unavailable): 10.0.0.1:80 after 0 µs: connecting failed";
    assert_eq!(error.to_string(), want);
    assert_eq!(error.into_last(), Some(Mine::Unavailable));
}

/// F26: the text names each attempt, in order, in one line.
#[tokio::test(start_paused = true)]
async fn the_text_names_every_attempt_in_order() {
    let fake = Fake::of(&["10.0.0.1:80", "10.0.0.2:80"]);
    let retry = Retry::new(3, ms(5_000)).unwrap().without_backoff().repeatable().attempt_timeout(ms(20));
    let error = retry
        .call(&fake, (), async |at, ()| {
            if at.name() == "10.0.0.1:80" {
                tokio::time::sleep(ms(2)).await;
                Err::<(), _>(io::Error::other("first line\nsecond line"))
            } else {
                std::future::pending().await
            }
        })
        .await
        .unwrap_err();
    let want = "2 attempts failed (exhausted): 10.0.0.1:80 after 2 ms: first line\\nsecond line; \
                10.0.0.2:80 after 20 ms: no answer within 20 ms";
    assert_eq!(error.to_string(), want);
    assert_eq!(error.attempts()[0].started + error.attempts()[0].took, error.attempts()[1].started);
}

/// G-49: an empty set fails at once, with its reason, whatever the limit.
#[tokio::test(start_paused = true)]
async fn an_empty_set_fails_at_once_as_empty() {
    let fake = Fake::of(&[]);
    let retry = Retry::new(999, ms(100)).unwrap().repeatable().classify(|_: &io::Error, _| Verdict::Retry);
    let begun = clock::now();
    let error = retry.call(&fake, (), async |_, ()| Ok::<_, io::Error>(())).await.unwrap_err();
    assert_eq!((error.kind(), fake.picked()), (RetryErrorKind::NoInstance(FailureKind::Empty), 1));
    assert_eq!((clock::now(), error.attempts().len()), (begun, 0));
    assert_eq!(error.to_string(), "no attempt (no instance: no instances)");
    assert!(matches!(error.source().unwrap().downcast_ref(), Some(Failure::Empty)));
    assert!(error.is_retryable());
}

/// F26: where the set turned empty after an attempt, the text says so, and the attempt's error is the source.
#[tokio::test(start_paused = true)]
async fn a_set_that_turns_empty_ends_the_call_with_its_attempts() {
    let fake = Fake::of(&["a:1", "b:1"]);
    let slow = Retry { random: || u64::MAX, ..Retry::default().backoff(Backoff::new(ms(10), ms(10))) };
    let call = slow.call(&fake, (), async |_, ()| Err::<(), _>(refused()));
    let emptied = async {
        tokio::time::sleep(ms(5)).await;
        fake.set(&[]);
    };
    let error = tokio::join!(call, emptied).0.unwrap_err();
    assert_eq!(error.kind(), RetryErrorKind::NoInstance(FailureKind::Empty));
    assert!(error.source().unwrap().is::<io::Error>());
    assert_eq!(error.no_instance().unwrap().kind(), FailureKind::Empty);
    assert!(
        error.to_string().starts_with("1 attempt failed (no instance: no instances): a:1 after"),
        "{error}"
    );
}
