use super::balancers::Inner;
use crate::{Changes, Update};
use evenkeel_core::Snapshot;
use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use std::{collections::HashSet, fmt, hash::Hash, sync::Weak};
use tokio::sync::watch;

/// The changes of all targets of a [`Balancers`](crate::Balancers). Who is slow misses steps in between, never the newest.
pub struct Events<K> {
    balancers: Weak<Inner<K>>,
    changed: watch::Receiver<u64>,
    /// The targets that are followed, by number.
    known: HashSet<u64>,
    waiting: FuturesUnordered<BoxFuture<'static, Next<K>>>,
    looked: bool,
}

/// One thing that happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event<K> {
    /// A target's set changed, or has its first answer.
    Changed {
        /// The target's key.
        key: K,
        /// The change, and the whole set.
        update: Update,
    },
    /// A target was dropped. Told exactly once, also where there was never a set.
    Removed {
        /// The target's key.
        key: K,
        /// The last set, if there was any.
        last: Option<Snapshot>,
    },
}

/// One target with its next change, or its end.
struct Next<K> {
    followed: Followed<K>,
    update: Option<Update>,
}

struct Followed<K> {
    key: K,
    number: u64,
    changes: Changes,
    last: Option<Snapshot>,
}

impl<K: Hash + Eq + Clone + Send + Sync + 'static> Events<K> {
    pub(super) fn new(balancers: Weak<Inner<K>>, changed: watch::Receiver<u64>) -> Self {
        Self { balancers, changed, known: HashSet::new(), waiting: FuturesUnordered::new(), looked: false }
    }

    /// The next event: at once the current set of each target, then whatever changes. Nothing once the balancers are gone and
    /// all is told. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Event<K>> {
        loop {
            if !std::mem::replace(&mut self.looked, true) {
                self.follow_the_new();
            }
            tokio::select! {
                changed = self.changed.changed(), if self.balancers.strong_count() > 0 => {
                    self.looked = changed.is_err();
                }
                Some(next) = self.waiting.next() => return Some(self.tell(next)),
                else => return None,
            }
        }
    }

    fn follow_the_new(&mut self) {
        self.changed.borrow_and_update();
        let Some(balancers) = self.balancers.upgrade() else { return };
        for (key, entry) in balancers.entries() {
            if self.known.insert(entry.number) {
                let changes = entry.balancer.changes();
                self.follow(Followed { key, number: entry.number, changes, last: None });
            }
        }
    }

    fn follow(&mut self, mut followed: Followed<K>) {
        self.waiting.push(Box::pin(async move {
            let update = followed.changes.next().await;
            Next { followed, update }
        }));
    }

    fn tell(&mut self, next: Next<K>) -> Event<K> {
        let Next { mut followed, update } = next;
        let key = followed.key.clone();
        let Some(update) = update else {
            self.known.remove(&followed.number);
            return Event::Removed { key, last: followed.last };
        };
        followed.last = Some(update.change.all.clone());
        self.follow(followed);
        Event::Changed { key, update }
    }
}

impl<K> fmt::Debug for Events<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("known", &self.known.len()).finish_non_exhaustive()
    }
}
