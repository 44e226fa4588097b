use super::now;
use crate::{call::Peer, hub::Table, machine::Loss};
use evenkeel_core::{Connectivity, Published, ServiceConfig, State};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// One connection, as calls see it.
#[derive(Debug)]
pub(crate) struct Handle<C> {
    pub(crate) connection: C,
    pub(crate) peer: Arc<Peer>,
    used: AtomicU8,
}

/// No call was put on the connection.
const UNUSED: u8 = 0;
/// A call was.
const BEGUN: u8 = 1;
/// A call was answered.
const ANSWERED: u8 = 2;

impl<C> Handle<C> {
    pub(crate) fn new(connection: C, peer: Arc<Peer>) -> Self {
        Self { connection, peer, used: AtomicU8::new(UNUSED) }
    }

    /// A call is put on the connection.
    #[inline]
    pub(crate) fn begun(&self) {
        // Read first: all calls share this line, and it changes twice in its life.
        if self.used.load(Ordering::Relaxed) == UNUSED {
            self.used.store(BEGUN, Ordering::Relaxed);
        }
    }

    /// A call was answered.
    #[inline]
    pub(crate) fn answered(&self) {
        if self.used.load(Ordering::Relaxed) != ANSWERED {
            self.used.store(ANSWERED, Ordering::Relaxed);
        }
    }

    /// What the connection was good for, now that it has ended.
    pub(super) fn loss(&self, graceful: bool) -> Loss {
        let used = self.used.load(Ordering::Relaxed);
        Loss { graceful, begun: used != UNUSED, answered: used == ANSWERED }
    }
}

/// All that a call reads: picker, connections and config, replaced together, so that they always agree.
#[derive(Debug)]
pub(crate) struct Publication<C> {
    pub(crate) version: u64,
    pub(crate) state: State,
    pub(crate) table: Table<Arc<Handle<C>>>,
    pub(crate) config: ServiceConfig,
    /// The channel is idle: the first call wakes it.
    pub(crate) asleep: bool,
    /// The channel is closed: calls fail.
    pub(crate) closed: bool,
}

/// What driver and calls share.
#[derive(Debug)]
pub(crate) struct Front<C> {
    pub(crate) published: Published<Publication<C>>,
    /// The version of the newest publication, for those who wait for one.
    pub(crate) version: watch::Sender<u64>,
    pub(crate) state: watch::Sender<Connectivity>,
    /// Calls from their first pick to the end of their response.
    in_flight: AtomicUsize,
    /// When the last of them ended, in milliseconds from `start`.
    quiet_since: AtomicU64,
    start: Instant,
    /// Calls that wait for a pick.
    pub(crate) waiting: AtomicUsize,
    /// The driver's time at work, in nanoseconds.
    busy: AtomicU64,
}

impl<C: std::fmt::Debug + Send + Sync + 'static> Front<C> {
    pub(crate) fn new(first: Publication<C>) -> Self {
        Self {
            version: watch::Sender::new(first.version),
            state: watch::Sender::new(first.state.connectivity),
            published: Published::new(first),
            in_flight: AtomicUsize::new(0),
            quiet_since: AtomicU64::new(0),
            start: now(),
            waiting: AtomicUsize::new(0),
            busy: AtomicU64::new(0),
        }
    }

    /// Publishes: the value first, then the news of it.
    pub(super) fn publish(&self, publication: Publication<C>) {
        let (version, state) = (publication.version, publication.state.connectivity);
        self.published.set(publication);
        self.state.send_if_modified(|old| std::mem::replace(old, state) != state);
        self.version.send_replace(version);
    }

    /// The driver was at work for so long.
    pub(super) fn worked(&self, time: Duration) {
        self.busy.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How long the driver was at work in all.
    pub(crate) fn busy(&self) -> Duration {
        Duration::from_nanos(self.busy.load(Ordering::Relaxed))
    }

    /// Counts a call until the guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> InFlight<C> {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        InFlight(self.clone())
    }

    /// Since when there has been no call; nothing while there is one.
    pub(super) fn quiet_since(&self) -> Option<Instant> {
        let quiet = self.in_flight.load(Ordering::Acquire) == 0;
        quiet.then(|| self.start + Duration::from_millis(self.quiet_since.load(Ordering::Acquire)))
    }
}

/// One call in flight.
#[derive(Debug)]
pub(crate) struct InFlight<C: std::fmt::Debug + Send + Sync + 'static>(Arc<Front<C>>);

impl<C: std::fmt::Debug + Send + Sync + 'static> Drop for InFlight<C> {
    fn drop(&mut self) {
        let front = &self.0;
        if front.in_flight.load(Ordering::Relaxed) == 1 {
            let since = now().saturating_duration_since(front.start).as_millis();
            front.quiet_since.store(u64::try_from(since).unwrap_or(u64::MAX), Ordering::Release);
        }
        front.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}
