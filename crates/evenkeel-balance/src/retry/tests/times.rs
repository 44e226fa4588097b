use super::*;
use evenkeel_core::{FailureKind, Outcome, policies};
use std::{
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Instant,
};

/// How long it is since then, in milliseconds; the timers' own step is 1.
fn since(begun: Instant) -> u128 {
    (clock::now() - begun).as_millis()
}

async fn slow_failure() -> Result<(), io::Error> {
    tokio::time::sleep(ms(30)).await;
    Err(io::Error::other("it took 30 ms"))
}

/// G-48: 50 ms are enough for one failure after 30 ms and not for another; the error is a timeout, and has the first one.
#[tokio::test(start_paused = true)]
async fn a_deadline_ends_the_call_and_keeps_the_first_error() {
    let fake = Fake::of(&["a:1", "b:1", "c:1"]);
    let retry = Retry::new(10, ms(50)).unwrap().without_backoff().repeatable();
    let begun = clock::now();
    let error = retry.call(&fake, (), async |_, ()| slow_failure().await).await.unwrap_err();
    assert!((50..=52).contains(&since(begun)), "{}", since(begun));
    assert_eq!((error.kind(), error.attempts().len()), (RetryErrorKind::Deadline, 2));
    assert_eq!(error.attempts()[0].error().unwrap().to_string(), "it took 30 ms");
    assert_eq!(error.source().unwrap().to_string(), "it took 30 ms");
    assert_eq!(error.attempts()[1].cause.clone_time(), Some(TimedOut::Deadline(ms(50))));
    assert!(
        error.to_string().starts_with("2 attempts failed (deadline): a:1 after 30 ms: it took 30 ms; b:1")
    );
    assert_eq!((fake.load.pending(), fake.outcomes.all()), (0, vec![Outcome::Failure; 2]));
}

impl<E> Cause<E> {
    fn clone_time(&self) -> Option<TimedOut> {
        match self {
            Self::Error(_) => None,
            Self::TimedOut(time) => Some(*time),
        }
    }
}

/// A deadline that cuts off the only attempt has that as its source, and says that the call may have been done.
#[tokio::test(start_paused = true)]
async fn a_call_that_is_cut_off_may_have_been_done() {
    let fake = Fake::of(&["a:1", "b:1"]);
    let retry = Retry::new(3, ms(50)).unwrap();
    let error =
        retry.call(&fake, (), async |_, ()| std::future::pending::<Result<(), io::Error>>().await).await;
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (RetryErrorKind::Deadline, false));
    assert_eq!(error.source().unwrap().to_string(), "no answer by the deadline of 50 ms");
    assert!(error.last().is_none());
}

/// F24: no attempt starts after the deadline.
#[tokio::test(start_paused = true)]
async fn a_call_without_time_makes_no_attempt() {
    let fake = Fake::of(&["a:1"]);
    let retry = Retry::new(3, Duration::ZERO).unwrap();
    let error = retry.call(&fake, (), async |_, ()| Ok::<_, io::Error>(())).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts().len(), fake.picked()), (RetryErrorKind::Deadline, 0, 0));
    let longest = Retry::new(3, Duration::MAX).unwrap().attempt_timeout(Duration::MAX);
    longest.call(&fake, (), async |_, ()| Ok::<_, io::Error>(())).await.unwrap();
}

/// F24: an attempt that takes longer than it may is its instance's failure; it may have reached the server.
#[tokio::test(start_paused = true)]
async fn a_slow_attempt_is_given_up_and_repeated_only_if_the_call_is_repeatable() {
    let retry = Retry::new(3, ms(1_000)).unwrap().attempt_timeout(ms(20)).without_backoff();
    for (retry, attempts, kind) in [
        (retry.clone(), 1, RetryErrorKind::NotRetryable),
        (retry.clone().repeatable(), 2, RetryErrorKind::Exhausted),
    ] {
        let fake = Fake::of(&["a:1", "b:1"]);
        let begun = clock::now();
        let hangs = async |_, ()| std::future::pending::<Result<(), io::Error>>().await;
        let error = retry.call(&fake, (), hangs).await.unwrap_err();
        assert_eq!((error.attempts().len(), error.kind()), (attempts, kind));
        assert!(since(begun) <= 22 * attempts as u128);
        assert_eq!(error.source().unwrap().to_string(), "no answer within 20 ms");
        assert_eq!(fake.outcomes.all(), vec![Outcome::Failure; attempts]);
    }
}

/// E 83: a back-off that would end after the deadline is not begun; the call fails now, with the first error.
#[tokio::test(start_paused = true)]
async fn a_pause_past_the_deadline_is_not_begun() {
    let fake = Fake::of(&["a:1", "b:1"]);
    let retry = Retry::new(3, ms(100)).unwrap().repeatable().backoff(Backoff::new(ms(300), ms(300)));
    // Half of the bound: 150 ms.
    let retry = Retry { random: || 1 << 63, ..retry };
    let begun = clock::now();
    let error = retry.call(&fake, (), async |_, ()| Err::<(), _>(reset())).await.unwrap_err();
    assert_eq!((clock::now(), error.kind()), (begun, RetryErrorKind::Deadline));
    assert_eq!(
        (error.attempts().len(), error.source().unwrap().to_string()),
        (1, "connection lost".to_owned())
    );
    assert!(error.is_retryable());
}

/// F25: there is a pause between attempts; by default none after what never reached a server.
#[tokio::test(start_paused = true)]
async fn attempts_are_paced() {
    let slow = Retry { random: || u64::MAX, ..Retry::default().repeatable() };
    for (retry, error, want) in [
        (slow.clone(), reset as fn() -> io::Error, 75..=77),
        (slow.clone(), refused, 0..=0),
        (slow.clone().backoff(Backoff::new(ms(25), ms(250))), refused, 75..=77),
        (slow.clone().without_backoff(), reset, 0..=0),
    ] {
        let begun = clock::now();
        let fake = Fake::of(&["a:1", "b:1", "c:1"]);
        let failed = retry.call(&fake, (), async |_, ()| Err::<(), _>(error())).await.unwrap_err();
        assert_eq!(failed.attempts().len(), 3);
        assert!(want.contains(&since(begun)), "{} not in {want:?}", since(begun));
    }
}

/// A server's wish not to be asked again so soon is obeyed.
#[tokio::test(start_paused = true)]
async fn the_time_that_a_server_asks_for_is_waited() {
    let fake = Fake::of(&["a:1", "b:1"]);
    let retry = Retry::default().repeatable().without_backoff();
    let retry = retry.classify(|_: &&str, _| Verdict::Overloaded { retry_after: Some(ms(400)) });
    let begun = clock::now();
    let error = retry.call(&fake, (), async |_, ()| Err::<(), _>("busy")).await.unwrap_err();
    assert_eq!(error.attempts().len(), 2);
    assert!((400..=402).contains(&since(begun)));
    let error =
        retry.deadline(ms(300)).call(&fake, (), async |_, ()| Err::<(), _>("busy")).await.unwrap_err();
    assert_eq!((error.attempts().len(), error.kind()), (1, RetryErrorKind::Deadline));
}

/// E 80, end to end: a service that fails everything for a minute at 1,000 calls a second.
#[tokio::test(start_paused = true)]
async fn a_service_that_is_down_gets_a_fifth_more_attempts_at_most() {
    let fake = Fake::of(&["a:1", "b:1", "c:1", "d:1"]);
    let retry = Retry::default().repeatable().without_backoff();
    let (mut attempts, mut most, mut spent) = (0, 0, 0);
    for _ in 0..60_000 {
        let error = retry.call(&fake, (), async |_, ()| Err::<(), _>(reset())).await.unwrap_err();
        attempts += error.attempts().len();
        most = most.max(error.attempts().len());
        spent += u32::from(error.kind() == RetryErrorKind::Budget);
        tokio::time::advance(ms(1)).await;
    }
    assert!((72_000..=72_600).contains(&attempts), "{attempts}");
    assert_eq!(most, 3);
    assert!(spent > 40_000, "{spent}");
}

/// What never reached a server is repeated without charge; a budget of one's own takes the place of the shared one.
#[tokio::test(start_paused = true)]
async fn only_what_was_sent_is_charged() {
    let fake = Fake::of(&["a:1", "b:1", "c:1"]);
    let none = Arc::new(Budget::of(0.0, 0, clock::now()).unwrap());
    let retry = Retry::default().repeatable().without_backoff().budget(none);
    let unsent = retry.call(&fake, (), async |_, ()| Err::<(), _>(refused())).await.unwrap_err();
    assert_eq!((unsent.attempts().len(), unsent.kind()), (3, RetryErrorKind::Exhausted));
    let sent = retry.call(&fake, (), async |_, ()| Err::<(), _>(reset())).await.unwrap_err();
    assert_eq!((sent.attempts().len(), sent.kind()), (1, RetryErrorKind::Budget));
    let free = retry.without_budget().call(&fake, (), async |_, ()| Err::<(), _>(reset())).await.unwrap_err();
    assert_eq!(free.attempts().len(), 3);
}

fn patient() -> Retry {
    Retry::new(3, ms(1_000)).unwrap().wait_for_instance(ms(100))
}

/// F27: an empty set is waited out, up to a bound.
#[tokio::test(start_paused = true)]
async fn a_patient_call_waits_for_the_first_instance() {
    let fake = Fake::of(&[]);
    let call = patient();
    let call = call.call(&fake, (), async |at, ()| Ok::<_, io::Error>(at.name()));
    let comes = async {
        tokio::time::sleep(ms(40)).await;
        fake.set(&["a:1"]);
    };
    assert_eq!(tokio::join!(call, comes).0.unwrap(), "a:1");

    fake.set(&[]);
    let begun = clock::now();
    let error = patient().call(&fake, (), async |_, ()| Ok::<_, io::Error>(())).await.unwrap_err();
    assert_eq!(error.kind(), RetryErrorKind::NoInstance(FailureKind::Empty));
    assert!((100..=102).contains(&since(begun)));

    let begun = clock::now();
    let hasty = patient().deadline(ms(30));
    let error = hasty.call(&fake, (), async |_, ()| Ok::<_, io::Error>(())).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string()),
        (RetryErrorKind::Deadline, "no attempt (deadline: no instances)".into())
    );
    assert!((30..=32).contains(&since(begun)));
}

/// E 91: an empty set with unlimited retries is asked once for each publication, not in a loop.
#[tokio::test(start_paused = true)]
async fn an_empty_set_does_not_spin() {
    let fake = Fake::of(&[]);
    let retry = patient().attempts(u32::MAX).unwrap();
    let call = retry.call(&fake, (), async |_, ()| Ok::<_, io::Error>(()));
    let publishes = async {
        for _ in 0..5 {
            tokio::time::sleep(ms(10)).await;
            fake.set(&[]);
        }
    };
    assert!(tokio::join!(call, publishes).0.is_err());
    assert_eq!(fake.picked(), 6);
}

/// A call waits for the first answer of discovery, and no longer than its deadline.
#[tokio::test(start_paused = true)]
async fn the_first_answer_of_discovery_is_waited_for_up_to_the_deadline() {
    let fake = Fake::unanswered(policies::registry().default_of("round_robin").unwrap());
    let begun = clock::now();
    let retry = Retry::new(3, ms(50)).unwrap();
    let error = retry.call(&fake, (), async |_, ()| Ok::<_, io::Error>(())).await.unwrap_err();
    assert_eq!(error.kind(), RetryErrorKind::Deadline);
    assert!((50..=52).contains(&since(begun)));
    let tries = AtomicU32::new(0);
    let call = retry.call(&fake, (), async |_, ()| Ok::<_, io::Error>(tries.fetch_add(1, Relaxed)));
    let comes = async {
        tokio::time::sleep(ms(10)).await;
        fake.set(&["a:1"]);
    };
    assert_eq!(tokio::join!(call, comes).0.unwrap(), 0);
}
