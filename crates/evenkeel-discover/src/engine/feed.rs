use super::{Known, Settings, expiry::Expiry, limits, opened::Opened, shrink::Held};
use crate::{Addresses, DiscoverError, Source, Target};
use evenkeel_core::{Change, Dropped, Snapshot, mix};
use std::{collections::HashSet, sync::Arc, time::Instant};
use tokio::{sync::watch, time::sleep_until};

/// What keeps the knowledge of one target up to date: the one watch that all its users share.
#[derive(Debug)]
pub(super) struct Feed {
    source: Source,
    target: Target,
    settings: Arc<Settings>,
    told: watch::Sender<Arc<Known>>,
    known: Known,
    watch: Option<Opened>,
    /// Ends of the watch since the last good answer.
    ends: u32,
    /// Not to be started again before.
    retry: Option<Instant>,
    random: u64,
    held: Option<Held>,
    expiry: Expiry,
    /// Reasons for leaving something out that were logged.
    logged: HashSet<String>,
    /// Whether it was logged that instances are there more than once.
    told_repeats: bool,
}

/// How many different reasons for leaving something out are logged for a target.
const MOST_LOGGED: usize = 256;

/// The time, which tests may hold still.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl Feed {
    /// Goes on with what was told last.
    pub(super) fn new(
        source: Source,
        target: Target,
        settings: Arc<Settings>,
        told: watch::Sender<Arc<Known>>,
        random: u64,
    ) -> Self {
        let known = (**told.borrow()).clone();
        Self {
            source,
            target,
            settings,
            told,
            known,
            watch: None,
            ends: 0,
            retry: None,
            random,
            held: None,
            expiry: Expiry::default(),
            logged: HashSet::new(),
            told_repeats: false,
        }
    }

    /// Follows the source for ever.
    pub(super) async fn run(mut self) {
        loop {
            self.step().await;
        }
    }

    /// Waits for one thing and deals with it. Dropping the future loses nothing.
    pub(super) async fn step(&mut self) {
        let due = self.held.as_ref().map(Held::due).into_iter().chain(self.expires()).min();
        tokio::select! {
            // An answer that is there counts before a time that has come.
            biased;
            answer = self.next() => self.take(answer),
            () = sleep(due) => self.tick(),
        }
    }

    /// The next answer, from a watch that is opened again, with back-off, whenever it has ended.
    async fn next(&mut self) -> Result<Snapshot, DiscoverError> {
        loop {
            if let Some(retry) = self.retry {
                sleep_until(retry.into()).await;
                self.retry = None;
            }
            if self.watch.is_none() {
                match Opened::open(&self.source, &self.target) {
                    Ok(watch) => self.watch = Some(watch),
                    Err(error) => {
                        self.ended();
                        return Err(error);
                    }
                }
            }
            if let Some(watch) = &mut self.watch
                && let Some(answer) = watch.next().await
            {
                return answer;
            }
            self.ended();
        }
    }

    fn ended(&mut self) {
        self.watch = None;
        self.random = mix(self.random);
        self.retry = Some(now() + self.settings.backoff.wait(self.ends, self.random));
        self.ends += 1;
    }

    /// Takes in one answer.
    pub(super) fn take(&mut self, answer: Result<Snapshot, DiscoverError>) {
        match answer.map(|set| self.within_rules(set)).and_then(DiscoverError::if_unusable) {
            Ok(set) => {
                self.ends = 0;
                self.judge(set);
            }
            Err(error) => self.failed(error),
        }
        self.tell();
    }

    fn failed(&mut self, error: DiscoverError) {
        let error = Arc::new(error);
        tracing::warn!(target = %self.target, %error, "discovery failed");
        self.expiry.failed(&error, now());
        // Once the set is too old, the error that began it is what users are told.
        if !self.known.error.as_ref().is_some_and(|error| error.is_expired()) {
            self.known.error = Some(error);
        }
    }

    /// The set without what may not be in it.
    fn within_rules(&mut self, set: Snapshot) -> Snapshot {
        if set.repeats() > 0 && !std::mem::replace(&mut self.told_repeats, true) {
            tracing::warn!(target = %self.target, repeats = set.repeats(), "instances that are there more than once; the last of each counts");
        }
        let mut dropped = set.dropped().map(|dropped| (**dropped).clone()).unwrap_or_default();
        let rules = if self.source.is_given() { Addresses::All } else { self.settings.addresses };
        let set = rules.admit(set, &mut dropped);
        let set = limits::limit(set, &self.settings, &mut dropped);
        if dropped.count == 0 {
            return set;
        }
        self.log(&dropped);
        set.with_dropped(Some(Arc::new(dropped)))
    }

    /// Each reason is logged once.
    fn log(&mut self, dropped: &Dropped) {
        for reason in &dropped.reasons {
            if self.logged.len() < MOST_LOGGED && self.logged.insert(reason.clone()) {
                tracing::warn!(target = %self.target, count = dropped.count, %reason, "left out");
            }
        }
    }

    fn judge(&mut self, set: Snapshot) {
        let (old, now) = (self.known.set.as_ref(), now());
        let set = match self.settings.shrink_guard {
            Some(guard) => match guard.judge(old, set, self.held.as_ref(), now) {
                Ok(set) => set,
                Err(held) => {
                    if self.held.is_none() {
                        tracing::warn!(target = %self.target, instances = held.len(), "the set shrank suddenly and is held back");
                        self.source.refresh(&self.target);
                    }
                    self.known.held = Some(held.len());
                    self.held = Some(held);
                    return self.good(now);
                }
            },
            None => set,
        };
        (self.held, self.known.held) = (None, None);
        self.put(set);
        self.good(now);
    }

    /// The source answered well.
    fn good(&mut self, now: Instant) {
        (self.known.answered, self.known.error) = (Some(now), None);
        self.expiry.clear();
    }

    /// Puts a set in force. Another order alone is no change (F34), and neither is what was left out.
    fn put(&mut self, set: Snapshot) {
        let Some(old) = &self.known.set else {
            self.known.version += 1;
            self.known.set = Some(set);
            return;
        };
        if old.service_config() != set.service_config() || !Change::between(old, &set).is_empty() {
            self.known.version += 1;
            self.known.set = Some(set);
        } else if old.dropped() != set.dropped() {
            self.known.set = Some(old.with_dropped(set.dropped().cloned()));
        }
    }

    fn expires(&self) -> Option<Instant> {
        self.known.set.as_ref().and_then(|_| self.expiry.due(self.settings.max_stale))
    }

    /// What was held back long enough takes its place; what is too old goes.
    fn tick(&mut self) {
        let now = now();
        if self.held.as_ref().is_some_and(|held| held.due() <= now) {
            self.known.held = None;
            if let Some(held) = self.held.take() {
                self.put(held.into_set());
            }
        }
        if self.expires().is_some_and(|due| due <= now) {
            self.known.error = self.expiry.error(self.settings.max_stale).map(Arc::new);
            (self.known.set, self.known.held, self.held) = (None, None, None);
            self.known.version += 1;
            tracing::warn!(target = %self.target, "the last good set is too old and serves no more");
        }
        self.tell();
    }

    fn tell(&mut self) {
        self.known.serial += 1;
        self.told.send_replace(Arc::new(self.known.clone()));
    }
}

async fn sleep(until: Option<Instant>) {
    match until {
        Some(at) => sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
