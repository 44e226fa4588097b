use super::table::Table;
use evenkeel_core::{Published, SharedError, Snapshot, State};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};
use tokio::sync::watch;

/// What a balancer's task and its picks share.
#[derive(Debug)]
pub(super) struct Front {
    pub(super) published: Published<Publication>,
    /// The version published last, for those who wait for another.
    pub(super) version: watch::Sender<u64>,
    /// The newest answer, for those who look on.
    latest: Mutex<Arc<Latest>>,
    pub(super) is_running: AtomicBool,
    seeded: Option<AtomicU64>,
}

/// What picks read: one immutable value.
#[derive(Debug, Default)]
pub(super) struct Publication {
    /// How to pick; nothing before the first set.
    pub(super) state: Option<State>,
    pub(super) table: Table,
    /// Why the newest look at discovery failed, if it did.
    pub(super) error: Option<SharedError>,
}

/// What discovery said last, for those who look on.
#[derive(Debug, Clone, Default)]
pub(super) struct Latest {
    /// Grows with each change of the set.
    pub(super) version: u64,
    /// The last good set, drained instances included.
    pub(super) instances: Option<Snapshot>,
    /// When that set was last confirmed.
    pub(super) answered: Option<Instant>,
    pub(super) error: Option<SharedError>,
    pub(super) refused: Option<evenkeel_core::BadUpdate>,
}

impl Front {
    pub(super) fn new(seed: Option<u64>) -> Self {
        Self {
            published: Published::new(Publication::default()),
            version: watch::Sender::new(0),
            latest: Mutex::default(),
            is_running: AtomicBool::new(false),
            seeded: seed.map(AtomicU64::new),
        }
    }

    /// Only the balancer's task publishes, or the builder before there is one.
    pub(super) fn publish(&self, publication: Publication, latest: &Latest) {
        self.published.set(publication);
        self.note(latest);
    }

    /// What discovery said, where picks do not change.
    pub(super) fn note(&self, latest: &Latest) {
        self.confirm(latest);
        self.version.send_modify(|version| *version += 1);
    }

    /// The same answer once more: nobody needs to look again.
    pub(super) fn confirm(&self, latest: &Latest) {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(latest.clone());
    }

    pub(super) fn latest(&self) -> Arc<Latest> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// 64 random bits for one pick: of the thread's own generator, or of one sequence where a seed was given.
    pub(super) fn random(&self) -> u64 {
        self.seeded.as_ref().map_or_else(
            || fastrand::u64(..),
            |next| evenkeel_core::mix(next.fetch_add(1, Ordering::Relaxed)),
        )
    }
}
