mod sync;
#[cfg(all(test, not(loom)))]
mod tests;

use std::{
    any::Any,
    cell::Cell,
    fmt::Debug,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use sync::{CACHE, Newest, Version};

/// A value that is replaced now and then and read all the time, from any thread.
///
/// A reader keeps the newest value it saw in a cache of its thread's own, and compares one version number, where loading the
/// shared pointer takes a locked instruction or two. The price: a thread that does not read any more may hold an old value for
/// as long as it lives, so nothing may rely on an old value being dropped.
#[derive(Debug)]
pub struct Published<T> {
    id: u64,
    version: Version,
    newest: Newest<Versioned<T>>,
}

#[derive(Debug)]
struct Versioned<T> {
    version: u64,
    value: T,
}

/// One place of a thread's cache.
struct Cached {
    id: u64,
    version: u64,
    value: Arc<dyn Any + Send + Sync>,
    ticket: u64,
}

/// How many values a thread caches; two whose ids collide share a place and take turns.
const PLACES: usize = 8;

/// What one thread caches.
type Cache = [Cell<Option<Cached>>; PLACES];

impl<T: Debug + Send + Sync + 'static> Published<T> {
    /// Publishes a first value.
    pub fn new(value: T) -> Self {
        /// Tells values apart in the threads' caches; nothing else hangs on it.
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { id, version: Version::new(0), newest: Newest::new(Versioned { version: 0, value }) }
    }

    /// Replaces the value. Only one thread may do so at a time, or the last one to store does not win.
    pub fn set(&self, value: T) {
        let version = self.version.load(Ordering::Relaxed) + 1;
        self.newest.set(Versioned { version, value });
        self.version.store(version, Ordering::Release);
    }

    /// Reads the value. `read` is also given a ticket: the number of this read among those of this thread on this value,
    /// from a start that differs from thread to thread.
    #[inline]
    pub fn read<R>(&self, read: impl FnOnce(&T, u64) -> R) -> R {
        let place = usize::try_from(self.id).unwrap_or(0) % PLACES;
        // The place is emptied while it is in use: a read within a read, or a panic, only loses the cache.
        let cached = CACHE.try_with(|cache| cache[place].take()).ok().flatten();
        let mut cached = match cached {
            Some(cached) if cached.id == self.id => {
                if cached.version == self.version.load(Ordering::Acquire) {
                    cached
                } else {
                    self.fetch(cached.ticket)
                }
            }
            _ => self.fetch(crate::mix(thread_number() ^ self.id.rotate_left(32))),
        };
        cached.ticket = cached.ticket.wrapping_add(1);
        let result = match cached.value.downcast_ref::<Versioned<T>>() {
            Some(versioned) => read(&versioned.value, cached.ticket),
            // Ids are unique, so the types always agree.
            None => read(&self.newest.get().value, cached.ticket),
        };
        let _ = CACHE.try_with(|cache| cache[place].set(Some(cached)));
        result
    }

    #[cold]
    fn fetch(&self, ticket: u64) -> Cached {
        let newest = self.newest.get();
        Cached { id: self.id, version: newest.version, value: newest, ticket }
    }
}

/// A number of this thread's own.
fn thread_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local! {
        // Random by the process, or clients that start together would all start their rotations at one place.
        static NUMBER: u64 = RandomState::new().hash_one(NEXT.fetch_add(1, Ordering::Relaxed));
    }
    NUMBER.try_with(|n| *n).unwrap_or(0)
}
