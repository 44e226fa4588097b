use crate::{Discover, DiscoverError, Target, Waiting};
use evenkeel_core::{Backoff, Snapshot, mix};
use futures_core::Stream;
use futures_util::stream;
use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc, time::Duration};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

/// A source made of a function that is asked again and again; see [`poll`].
#[derive(Clone)]
pub struct Poll {
    ask: Arc<dyn Fn(Target) -> Asking + Send + Sync>,
    interval: Duration,
    jitter: f64,
    timeout: Duration,
    waiting: Waiting,
}

type Asking = Pin<Box<dyn Future<Output = Result<Snapshot, DiscoverError>> + Send>>;

/// A source of a function that looks a target up.
///
/// It is asked when a watch begins, and then every `interval`, give or take the share `jitter` of it (0 to 1), so that clients
/// that started together drift apart. An answer that takes longer than `timeout` is an error. After an error the last set stays,
/// and it is asked again with gRPC's back-off (1 s, 1.6 times longer each time), at most `interval` apart where that is longer.
/// Each watch asks for itself: one that hangs holds up no other. [`refresh`](Discover::refresh) asks at once.
///
/// ```
/// use evenkeel_core::{Address, Instance};
/// use evenkeel_discover::{Target, poll};
/// use std::time::Duration;
///
/// let source = poll(Duration::from_secs(5), 0.1, Duration::from_secs(1), |_target: Target| async {
///     let address: Address = "10.0.0.1:80".parse()?;
///     Ok::<_, evenkeel_core::BadAddress>(vec![Instance::from(address)])
/// });
/// # let _ = source;
/// ```
pub fn poll<F, A, S, E>(interval: Duration, jitter: f64, timeout: Duration, ask: F) -> Poll
where
    F: Fn(Target) -> A + Send + Sync + 'static,
    A: Future<Output = Result<S, E>> + Send + 'static,
    S: IntoIterator<Item = evenkeel_core::Instance>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let ask = move |target| {
        let asking = ask(target);
        let asking =
            async move { asking.await.map(Snapshot::from_iter).map_err(DiscoverError::source_failed) };
        Box::pin(asking) as Asking
    };
    Poll {
        ask: Arc::new(ask),
        interval: interval.max(Duration::from_millis(1)),
        jitter: if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.0 },
        timeout,
        waiting: Waiting::default(),
    }
}

/// One watch.
struct Round {
    source: Poll,
    target: Target,
    refreshed: Arc<Notify>,
    /// How long to wait before the next question; nothing before the first.
    pause: Option<Duration>,
    failures: u32,
    random: u64,
}

impl Round {
    async fn next(&mut self) -> Result<Snapshot, DiscoverError> {
        if let Some(pause) = self.pause {
            tokio::select! {
                () = sleep(pause) => {}
                () = self.refreshed.notified() => {}
            }
        }
        let asking = (self.source.ask)(self.target.clone());
        let late = |_| Err(DiscoverError::source_failed(TooLate(self.source.timeout)));
        let answer = timeout(self.source.timeout, asking).await.unwrap_or_else(late);
        self.random = mix(self.random);
        self.pause = Some(if answer.is_ok() { self.regular() } else { self.after_failure() });
        answer
    }

    fn regular(&mut self) -> Duration {
        self.failures = 0;
        let same = Backoff {
            base: self.source.interval,
            multiplier: 1.0,
            max: self.source.interval,
            jitter: self.source.jitter,
        };
        same.wait(0, self.random)
    }

    fn after_failure(&mut self) -> Duration {
        let backoff = Backoff { max: Backoff::default().max.max(self.source.interval), ..Backoff::default() };
        let wait = backoff.wait(self.failures, self.random);
        self.failures += 1;
        wait
    }
}

#[derive(Debug, thiserror::Error)]
#[error("no answer within {0:?}")]
struct TooLate(Duration);

impl Discover for Poll {
    fn watch(&self, target: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        let (source, target) = (self.clone(), target.clone());
        let refreshed = self.waiting.for_target(&target);
        // An address is as random as jitter needs; a seeded one would let all clients ask together.
        let random = mix(Arc::as_ptr(&refreshed).addr() as u64 ^ u64::from(std::process::id()) << 32);
        let round = Round { source, target, refreshed, pause: None, failures: 0, random };
        stream::unfold(round, |mut round| async move { Some((round.next().await, round)) })
    }

    fn refresh(&self, target: &Target) {
        self.waiting.wake(target);
    }
}

impl fmt::Debug for Poll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poll")
            .field("interval", &self.interval)
            .field("jitter", &self.jitter)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
