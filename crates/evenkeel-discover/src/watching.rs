use crate::{BadTarget, Follow, Known, Source, Target};
use evenkeel_core::{Backoff, mix};
use std::{
    future::pending,
    sync::Arc,
    time::{Duration, Instant},
};

/// One user's view of a target: followed while the user is awake, and asked to look again at a bounded rate.
#[derive(Debug)]
pub struct Watching {
    source: Source,
    target: Target,
    backoff: Backoff,
    random: u64,
    /// Present while awake.
    follow: Option<Follow>,
    /// What the first [`wake`](Self::wake) begins with. Its watch is not open.
    first: Option<Follow>,
    /// A fresher answer is wanted since, and asked for at.
    refresh: Option<(Instant, Instant)>,
    /// Refusals in a row.
    refusals: u32,
}

/// The shortest time between two requests to look again (grpc-go's MinResolutionInterval).
const REFRESH: Duration = Duration::from_secs(30);

impl Watching {
    /// A user that sleeps. `backoff` paces looks for as long as the user refuses what it gets; `random` is where its jitter begins.
    ///
    /// # Errors
    /// The source does not understand the target.
    pub fn new(source: Source, target: Target, backoff: Backoff, random: u64) -> Result<Self, BadTarget> {
        let first = Some(source.follow(&target)?);
        Ok(Self { source, target, backoff, random, follow: None, first, refresh: None, refusals: 0 })
    }

    /// Whether it is awake.
    pub fn is_awake(&self) -> bool {
        self.follow.is_some()
    }

    /// From now on [`next`](Self::next) yields what is known.
    pub fn wake(&mut self) {
        if self.follow.is_none() {
            // It could be followed when this was made.
            self.follow = self.first.take().or_else(|| self.source.follow(&self.target).ok());
        }
    }

    /// Ends the watch, if nobody else follows the target.
    pub fn sleep(&mut self) {
        (self.follow, self.refresh, self.refusals) = (None, None, 0);
    }

    /// What is known without waiting; the watch is opened if there is a runtime. Nothing while asleep, or if there is no answer yet.
    /// [`next`](Self::next) yields it again.
    pub fn peek(&self) -> Option<Arc<Known>> {
        let follow = self.follow.as_ref()?;
        follow.start();
        Some(follow.known()).filter(|known| known.serial > 0)
    }

    /// What is known, whenever that is newer than what was yielded before. Never while asleep. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Arc<Known> {
        match &mut self.follow {
            Some(follow) => follow.next().await,
            None => pending().await,
        }
    }

    /// A fresher answer is wanted: at once, unless one was asked for less than 30 s ago.
    pub fn want_refresh(&mut self, now: Instant) {
        let last = self.follow.as_ref().and_then(Follow::refreshed);
        self.refresh_by(now, last.map_or(now, |last| now.max(last + REFRESH)));
    }

    /// Looks again with back-off for as long as the newest answer is refused (A21).
    pub fn insist(&mut self, refused: bool, now: Instant) {
        if !refused {
            self.refusals = 0;
        } else if self.refresh.is_none() {
            self.random = mix(self.random);
            let at = now + self.backoff.wait(self.refusals, self.random);
            self.refusals += 1;
            self.refresh_by(now, at);
        }
    }

    fn refresh_by(&mut self, now: Instant, at: Instant) {
        if self.is_awake() {
            let (since, due) = self.refresh.unwrap_or((now, at));
            self.refresh = Some((since, due.min(at)));
        }
    }

    /// When [`tick`](Self::tick) has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        self.refresh.map(|(_, at)| at)
    }

    /// Asks the source to look again, if that is due and no other user of the target has done so meanwhile.
    pub fn tick(&mut self, now: Instant) {
        if let (Some(follow), Some((since, _))) = (&self.follow, self.refresh.filter(|(_, at)| *at <= now)) {
            follow.refresh(since, now);
            self.refresh = None;
        }
    }
}
