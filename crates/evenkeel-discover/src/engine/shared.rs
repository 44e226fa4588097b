use super::{Known, Settings, feed::Feed};
use crate::{BadTarget, DiscoverError, Source, Target};
use evenkeel_core::mix;
use futures_util::FutureExt;
use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering::AcqRel},
    },
    time::Instant,
};
use tokio::{runtime, sync::watch, task::AbortHandle};

/// The watches of a source that are in use, each shared by all who follow the same target with the same settings.
#[derive(Debug, Default)]
pub(crate) struct Live(Mutex<HashMap<Target, Vec<Weak<Shared>>>>);

/// One target that is followed. Its watch is opened by the first user who waits, and closed when the last one goes.
#[derive(Debug)]
struct Shared {
    source: Source,
    /// The target as it is followed.
    whole: Target,
    /// The target as the source sees it.
    target: Target,
    settings: Arc<Settings>,
    told: watch::Sender<Arc<Known>>,
    is_running: AtomicBool,
    task: Mutex<Option<AbortHandle>>,
    refreshed: Mutex<Option<Instant>>,
}

/// Follows what is known of a target. Dropping the last one of a target ends its watch.
#[derive(Debug)]
pub struct Follow {
    shared: Arc<Shared>,
    news: watch::Receiver<Arc<Known>>,
    /// What was yielded last.
    serial: u64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Live {
    /// Follows a target of `source`, whose watches these are.
    pub(crate) fn follow(&self, source: &Source, target: &Target) -> Result<Follow, BadTarget> {
        let (inner, settings) = source.settings().of(target)?;
        source.check(&inner)?;
        // Declared before the lock is taken, so that one whose last follower goes meanwhile is dropped after it.
        let others: Vec<Arc<Shared>>;
        let mut live = lock(&self.0);
        let all = live.entry(target.clone()).or_default();
        others = all.iter().filter_map(Weak::upgrade).collect();
        let found = others.iter().find(|shared| *shared.settings == settings).cloned();
        let shared = found.unwrap_or_else(|| {
            let shared = Arc::new(Shared::new(source.clone(), target.clone(), inner, settings));
            all.push(Arc::downgrade(&shared));
            shared
        });
        let news = shared.told.subscribe();
        Ok(Follow { shared, news, serial: 0 })
    }

    /// Forgets those of a target that nobody follows any more.
    fn forget(&self, target: &Target) {
        let mut live = lock(&self.0);
        if let Some(all) = live.get_mut(target) {
            all.retain(|shared| shared.strong_count() > 0);
            if all.is_empty() {
                live.remove(target);
            }
        }
    }
}

impl Shared {
    fn new(source: Source, whole: Target, target: Target, settings: Settings) -> Self {
        let told = watch::Sender::new(Arc::default());
        let known = catch_unwind(AssertUnwindSafe(|| source.known(&target))).ok().flatten();
        let shared = Self {
            source,
            whole,
            target,
            settings: Arc::new(settings),
            told,
            is_running: false.into(),
            task: Mutex::default(),
            refreshed: Mutex::default(),
        };
        if let Some(answer) = known {
            shared.feed().take(answer);
        }
        shared
    }

    fn feed(&self) -> Feed {
        // An address is as random as jitter needs; a seeded one would let all clients ask together.
        let random = mix(std::ptr::from_ref(self).addr() as u64 ^ u64::from(std::process::id()) << 32);
        Feed::new(self.source.clone(), self.target.clone(), self.settings.clone(), self.told.clone(), random)
    }

    /// Opens the watch, unless it is open or there is no runtime to follow it. What the source knows at once is known after this.
    fn start(self: &Arc<Self>) {
        let Ok(runtime) = runtime::Handle::try_current() else { return };
        if self.is_running.swap(true, AcqRel) {
            return;
        }
        let mut feed = self.feed();
        feed.step().now_or_never();
        let running = Running(Arc::downgrade(self), self.told.clone());
        let task = runtime.spawn(async move {
            let _running = running;
            feed.run().await;
        });
        *lock(&self.task) = Some(task.abort_handle());
    }

    fn refresh(&self, since: Instant, now: Instant) {
        let mut refreshed = lock(&self.refreshed);
        if refreshed.is_none_or(|last| last < since) {
            *refreshed = Some(now);
            drop(refreshed);
            self.source.refresh(&self.target);
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(task) = self.task.get_mut().unwrap_or_else(PoisonError::into_inner) {
            task.abort();
        }
        self.source.live().forget(&self.whole);
    }
}

/// Tells the users when the task ends because its runtime does, so that one in another runtime goes on with it.
struct Running(Weak<Shared>, watch::Sender<Arc<Known>>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(shared) = self.0.upgrade() {
            shared.is_running.store(false, std::sync::atomic::Ordering::Release);
            self.1.send_modify(|_| ());
        }
    }
}

impl Follow {
    /// What is known now.
    pub fn known(&self) -> Arc<Known> {
        self.news.borrow().clone()
    }

    /// Opens the watch if it is not open, in the current runtime; what the source knows at once is [`known`](Self::known) after this.
    /// Outside a runtime nothing happens. [`next`](Self::next) does it, too.
    pub fn start(&self) {
        self.shared.start();
    }

    /// What is known, as soon as that is newer than what was yielded before; at once the first time, if anything is known. Who is slow
    /// misses steps in between, never the newest. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Arc<Known> {
        loop {
            self.shared.start();
            let known = self.news.borrow_and_update().clone();
            if known.serial != self.serial {
                self.serial = known.serial;
                return known;
            }
            if self.news.changed().await.is_err() {
                // The sender lives as long as this.
                std::future::pending::<()>().await;
            }
        }
    }

    /// What is known as soon as there is a set.
    ///
    /// # Errors
    /// There is none yet, and the newest look failed.
    pub async fn first(&mut self) -> Result<Arc<Known>, Arc<DiscoverError>> {
        loop {
            let known = self.next().await;
            match (&known.set, &known.error) {
                (Some(_), _) => return Ok(known),
                (None, Some(error)) => return Err(error.clone()),
                (None, None) => {}
            }
        }
    }

    /// When any user of this target last asked for a fresher answer.
    pub(crate) fn refreshed(&self) -> Option<Instant> {
        *lock(&self.shared.refreshed)
    }

    /// Asks the source to look again, unless it was asked since then.
    pub(crate) fn refresh(&self, since: Instant, now: Instant) {
        self.shared.refresh(since, now);
    }
}

impl Clone for Follow {
    /// Another follower of the same target, who begins with what is known.
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), news: self.shared.told.subscribe(), serial: 0 }
    }
}
