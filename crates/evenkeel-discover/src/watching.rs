use crate::{DiscoverError, Source, Target, Watch};
use evenkeel_core::{Backoff, Snapshot, mix};
use futures_core::Stream;
use std::{
    future::{pending, poll_fn},
    pin::Pin,
    time::{Duration, Instant},
};
use tokio::time::sleep_until;

/// The watch of one target by one user: started when the user wakes, started again when it ends, asked to look again at a
/// bounded rate.
#[derive(Debug)]
pub struct Watching {
    source: Source,
    target: Target,
    backoff: Backoff,
    random: u64,
    awake: bool,
    watch: Option<Open>,
    /// Ends of the stream since the last good set.
    ends: u32,
    /// Not to be started again before.
    retry: Option<Instant>,
    refreshed: Option<Instant>,
    refresh_at: Option<Instant>,
    /// Refusals in a row.
    refusals: u32,
}

struct Open(Watch);

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Open")
    }
}

/// The shortest time between two requests to look again (grpc-go's MinResolutionInterval).
const REFRESH: Duration = Duration::from_secs(30);

/// The time, which tests may hold still.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl Watching {
    /// A watch that sleeps. `random` is where its jitter begins.
    pub fn new(source: Source, target: Target, backoff: Backoff, random: u64) -> Self {
        let (watch, retry, refreshed, refresh_at) = (None, None, None, None);
        Self {
            source,
            target,
            backoff,
            random,
            awake: false,
            watch,
            ends: 0,
            retry,
            refreshed,
            refresh_at,
            refusals: 0,
        }
    }

    /// Whether it is awake.
    pub fn is_awake(&self) -> bool {
        self.awake
    }

    /// From now on [`next`](Self::next) yields answers.
    pub fn wake(&mut self) {
        self.awake = true;
    }

    /// Opens the watch anew with the next answer asked for: what a runtime that is shut down left behind is of no use in another.
    pub fn reopen(&mut self) {
        self.watch = None;
    }

    /// Ends the watch.
    pub fn sleep(&mut self) {
        (self.awake, self.watch, self.retry, self.refresh_at) = (false, None, None, None);
        (self.ends, self.refusals) = (0, 0);
    }

    fn wait(&mut self, failures: u32) -> Duration {
        self.random = mix(self.random);
        self.backoff.wait(failures, self.random)
    }

    /// The next answer. Never while asleep. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Snapshot, DiscoverError> {
        if !self.awake {
            return pending().await;
        }
        loop {
            if let Some(retry) = self.retry {
                sleep_until(retry.into()).await;
                self.retry = None;
            }
            let watch = self.watch.get_or_insert_with(|| Open(self.source.watch(&self.target)));
            if let Some(answer) = poll_fn(|cx| Pin::new(&mut watch.0).poll_next(cx)).await {
                if answer.is_ok() {
                    self.ends = 0;
                }
                return answer;
            }
            self.watch = None;
            self.retry = Some(now() + self.wait(self.ends));
            self.ends += 1;
        }
    }

    /// A fresher answer is wanted: at once, unless one was asked for less than 30 s ago.
    pub fn want_refresh(&mut self, now: Instant) {
        let at = self.refreshed.map_or(now, |last| now.max(last + REFRESH));
        self.refresh_by(at);
    }

    /// Looks again with back-off for as long as the newest answer is refused (A21).
    pub fn insist(&mut self, refused: bool, now: Instant) {
        if !refused {
            self.refusals = 0;
        } else if self.refresh_at.is_none() {
            let at = now + self.wait(self.refusals);
            self.refusals += 1;
            self.refresh_by(at);
        }
    }

    fn refresh_by(&mut self, at: Instant) {
        if self.awake {
            self.refresh_at = Some(self.refresh_at.map_or(at, |due| due.min(at)));
        }
    }

    /// When [`tick`](Self::tick) has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        self.refresh_at
    }

    /// Asks the source to look again, if that is due.
    pub fn tick(&mut self, now: Instant) {
        if self.refresh_at.is_some_and(|due| due <= now) {
            (self.refresh_at, self.refreshed) = (None, Some(now));
            self.source.refresh(&self.target);
        }
    }
}
