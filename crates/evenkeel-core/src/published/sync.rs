//! What [`Published`](super::Published) synchronises by; loom's, where every interleaving is to be run.

use super::Cache;
use std::cell::Cell;

#[cfg(not(loom))]
pub(super) use {real::Newest, std::sync::atomic::AtomicU64 as Version};

#[cfg(loom)]
pub(super) use {checked::Newest, loom::sync::atomic::AtomicU64 as Version};

#[cfg(not(loom))]
std::thread_local! {
    pub(super) static CACHE: Cache = const { [const { Cell::new(None) }; super::PLACES] };
}

#[cfg(loom)]
loom::thread_local! {
    pub(super) static CACHE: Cache = std::array::from_fn(|_| Cell::new(None));
}

#[cfg(not(loom))]
mod real {
    use arc_swap::ArcSwap;
    use std::sync::Arc;

    /// The newest value.
    #[derive(Debug)]
    pub(in super::super) struct Newest<T>(ArcSwap<T>);

    impl<T> Newest<T> {
        pub(in super::super) fn new(value: T) -> Self {
            Self(ArcSwap::from_pointee(value))
        }

        pub(in super::super) fn set(&self, value: T) {
            self.0.store(Arc::new(value));
        }

        pub(in super::super) fn get(&self) -> Arc<T> {
            self.0.load_full()
        }
    }
}

/// arc-swap does not run under loom; its promise, a value that is swapped whole, is kept by a lock there.
#[cfg(loom)]
mod checked {
    use loom::sync::Mutex;
    use std::sync::Arc;

    #[derive(Debug)]
    pub(in super::super) struct Newest<T>(Mutex<Arc<T>>);

    impl<T> Newest<T> {
        pub(in super::super) fn new(value: T) -> Self {
            Self(Mutex::new(Arc::new(value)))
        }

        pub(in super::super) fn set(&self, value: T) {
            *self.0.lock().expect("nothing panics under it") = Arc::new(value);
        }

        pub(in super::super) fn get(&self) -> Arc<T> {
            self.0.lock().expect("nothing panics under it").clone()
        }
    }
}
