use super::{Events, shards::Shards};
use crate::{Balancer, BalancerBuilder, BuildError};
use std::{
    fmt,
    hash::Hash,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    runtime,
    sync::watch,
    task::AbortHandle,
    time::{MissedTickBehavior, interval},
};

/// A balancer for each of many targets, made when it is first asked for and dropped when nobody uses it any more.
///
/// Targets are named by keys of the caller's own, which a function turns into balancers. A clone is the same set of balancers;
/// there is no hidden global one.
///
/// ```
/// use evenkeel_balance::{Balancer, Balancers, CallSpec};
///
/// let services = Balancers::builder(|port: &u16| Balancer::builder(format!("static:///10.0.0.1:{port}"))).build();
/// let call = CallSpec::new();
/// let balancer = services.get(&80)?;
/// let attempt = balancer.pick(&call)?.next();
/// # assert_eq!(attempt.unwrap().name(), "10.0.0.1:80");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Balancers<K>(Arc<Inner<K>>);

/// The settings of [`Balancers`].
#[must_use]
pub struct BalancersBuilder<K> {
    make: Make<K>,
    idle: Option<Duration>,
    limit: usize,
}

type Make<K> = Box<dyn Fn(&K) -> BalancerBuilder + Send + Sync>;

pub(super) struct Inner<K> {
    make: Make<K>,
    idle: Option<Duration>,
    limit: usize,
    entries: Shards<K, Entry>,
    /// How many entries there are.
    len: AtomicUsize,
    /// Who adds or removes entries holds it; lookups of what is there do not.
    writing: Mutex<()>,
    /// Grows with each change of the set of targets.
    changed: watch::Sender<u64>,
    /// Numbers entries, so that a target that came back is known for a new one.
    made: AtomicU64,
    sweeper: Mutex<Option<AbortHandle>>,
}

/// One target in use.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) number: u64,
    pub(super) balancer: Balancer,
    /// Whether it was asked for since the last sweep.
    used: AtomicBool,
}

impl<K> Clone for Balancers<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Hash + Eq + Clone + Send + Sync + 'static> Balancers<K> {
    /// Balancers made by this function, one for each key.
    pub fn builder(make: impl Fn(&K) -> BalancerBuilder + Send + Sync + 'static) -> BalancersBuilder<K> {
        let idle = Some(Duration::from_secs(15));
        BalancersBuilder { make: Box::new(make), idle, limit: 4096 }
    }

    /// The balancer of a key; all who ask for one key share it, so its target is looked up once. What is there already costs no
    /// lock.
    ///
    /// # Errors
    /// The function made settings that cannot be used. Nothing is kept then.
    pub fn get(&self, key: &K) -> Result<Balancer, BuildError> {
        if let Some(entry) = self.0.entries.get(key) {
            return Ok(entry.touch());
        }
        self.add(key)
    }

    #[cold]
    fn add(&self, key: &K) -> Result<Balancer, BuildError> {
        let inner = &*self.0;
        let writing = inner.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = inner.entries.get(key) {
            return Ok(entry.touch());
        }
        let balancer = (inner.make)(key).build()?;
        if inner.len.load(Relaxed) >= inner.limit {
            inner.make_room();
        }
        let number = inner.made.fetch_add(1, Relaxed);
        inner
            .entries
            .insert(key.clone(), Arc::new(Entry { number, balancer: balancer.clone(), used: true.into() }));
        inner.len.fetch_add(1, Relaxed);
        drop(writing);
        inner.changed.send_modify(|changes| *changes += 1);
        self.sweep_from_now_on();
        Ok(balancer)
    }

    /// How many targets are in use.
    pub fn len(&self) -> usize {
        self.0.len.load(Relaxed)
    }

    /// Whether no target is in use.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The changes of all targets: each set that changed, and each target that was dropped. Dropping it unsubscribes.
    pub fn changes(&self) -> Events<K> {
        Events::new(Arc::downgrade(&self.0), self.0.changed.subscribe())
    }

    /// Starts the task that drops idle targets, if there is none and a runtime to run it.
    fn sweep_from_now_on(&self) {
        let (Some(idle), Ok(runtime)) = (self.0.idle, runtime::Handle::try_current()) else { return };
        let mut sweeper = self.0.sweeper.lock().unwrap_or_else(PoisonError::into_inner);
        if sweeper.as_ref().is_none_or(AbortHandle::is_finished) {
            *sweeper = Some(runtime.spawn(sweep(Arc::downgrade(&self.0), idle)).abort_handle());
        }
    }
}

/// Drops what was idle for a whole period, period after period.
async fn sweep<K: Hash + Eq + Clone + Send + Sync + 'static>(balancers: Weak<Inner<K>>, idle: Duration) {
    let mut ticks = interval(idle);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let Some(inner) = balancers.upgrade() else { return };
        inner.drop_idle();
    }
}

impl<K: Hash + Eq + Clone> Inner<K> {
    /// Drops the targets that nobody asked for since the last time, and whose balancer nobody holds.
    fn drop_idle(&self) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let all = self.entries.all();
        let idle: Vec<K> =
            all.iter().filter(|(_, entry)| !entry.was_used()).map(|(key, _)| key.clone()).collect();
        drop(all);
        self.drop_all(idle);
    }

    /// Drops an eighth of the targets: those not asked for lately first, the oldest first among them, and none that is held.
    fn make_room(&self) {
        let mut all: Vec<_> = self.entries.all().into_iter().filter(|(_, entry)| !entry.is_held()).collect();
        all.sort_by_key(|(_, entry)| (entry.used.load(Relaxed), entry.number));
        let room = (self.limit / 8).max(1);
        let idle: Vec<K> = all.iter().take(room).map(|(key, _)| key.clone()).collect();
        drop(all);
        self.drop_all(idle);
    }

    fn drop_all(&self, keys: Vec<K>) {
        if keys.is_empty() {
            return;
        }
        for key in keys {
            self.len.fetch_sub(usize::from(self.entries.remove(&key).is_some()), Relaxed);
        }
        self.changed.send_modify(|changes| *changes += 1);
    }

    pub(super) fn entries(&self) -> Vec<(K, Arc<Entry>)> {
        self.entries.all()
    }
}

impl Entry {
    fn touch(&self) -> Balancer {
        // Written only where it changes something, so that lookups share the line.
        if !self.used.load(Relaxed) {
            self.used.store(true, Relaxed);
        }
        self.balancer.clone()
    }

    /// Whether it was used since the last call.
    fn was_used(&self) -> bool {
        self.used.swap(false, Relaxed) || self.is_held()
    }

    /// Whether a caller holds its balancer.
    fn is_held(&self) -> bool {
        self.balancer.is_shared()
    }
}

impl<K> Drop for Inner<K> {
    fn drop(&mut self) {
        if let Some(task) = self.sweeper.get_mut().unwrap_or_else(PoisonError::into_inner) {
            task.abort();
        }
    }
}

impl<K: Hash + Eq + Clone + Send + Sync + 'static> BalancersBuilder<K> {
    /// After how long without a [`get`](Balancers::get) a target is dropped, unless somebody holds its balancer; at most twice
    /// as long. `None`: never. Default 15 s, as Kitex's.
    pub fn idle_timeout(mut self, idle: Option<Duration>) -> Self {
        self.idle = idle.map(|idle| idle.max(Duration::from_millis(1)));
        self
    }

    /// How many targets are kept; one more drops some that are idle. Only where none is idle are there more. Default 4,096.
    pub fn limit(mut self, targets: usize) -> Self {
        self.limit = targets.max(1);
        self
    }

    /// The balancers. Nothing is looked up yet.
    pub fn build(self) -> Balancers<K> {
        Balancers(Arc::new(Inner {
            make: self.make,
            idle: self.idle,
            limit: self.limit,
            entries: Shards::new(),
            len: AtomicUsize::new(0),
            writing: Mutex::default(),
            changed: watch::Sender::new(0),
            made: AtomicU64::new(0),
            sweeper: Mutex::default(),
        }))
    }
}

impl<K> fmt::Debug for Balancers<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Balancers").field("len", &self.0.len).finish_non_exhaustive()
    }
}

impl<K> fmt::Debug for BalancersBuilder<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BalancersBuilder")
            .field("idle", &self.idle)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
