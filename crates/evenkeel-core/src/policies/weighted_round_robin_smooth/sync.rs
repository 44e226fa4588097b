//! What [`Blocks`](super::blocks::Blocks) synchronises by; loom's, where every interleaving is to be run.

#[cfg(not(loom))]
pub(super) use {
    real::{Current, Shelf},
    std::sync::atomic::AtomicUsize,
};

#[cfg(loom)]
pub(super) use {
    checked::{Current, Shelf},
    loom::sync::atomic::AtomicUsize,
};

#[cfg(not(loom))]
mod real {
    use arc_swap::{ArcSwap, ArcSwapOption, Guard};
    use std::sync::Arc;

    /// A value that is replaced by whoever comes first.
    #[derive(Debug)]
    pub(in super::super) struct Current<T>(ArcSwap<T>);

    impl<T> Current<T> {
        pub(in super::super) fn new(value: Arc<T>) -> Self {
            Self(ArcSwap::new(value))
        }

        #[inline]
        pub(in super::super) fn get(&self) -> Guard<Arc<T>> {
            self.0.load()
        }

        pub(in super::super) fn is(&self, value: &Arc<T>) -> bool {
            Arc::ptr_eq(&self.0.load(), value)
        }

        /// Puts `new` in the place of `old`, and yields that; nothing if `old` was not there any more.
        pub(in super::super) fn replace(&self, old: &Arc<T>, new: Arc<T>) -> Option<Arc<T>> {
            let there = self.0.compare_and_swap(old, new);
            Arc::ptr_eq(&there, old).then(|| Guard::into_inner(there))
        }
    }

    /// A place for one value, or none.
    #[derive(Debug)]
    pub(in super::super) struct Shelf<T>(ArcSwapOption<T>);

    impl<T> Shelf<T> {
        pub(in super::super) fn empty() -> Self {
            Self(ArcSwapOption::empty())
        }

        pub(in super::super) fn with(value: Arc<T>) -> Self {
            Self(ArcSwapOption::new(Some(value)))
        }

        pub(in super::super) fn get(&self) -> Option<Arc<T>> {
            self.0.load_full()
        }

        pub(in super::super) fn put(&self, value: Arc<T>) {
            self.0.store(Some(value));
        }

        pub(in super::super) fn take(&self) -> Option<Arc<T>> {
            self.0.swap(None)
        }
    }
}

/// arc-swap does not run under loom; its promise, that a value is swapped whole, is kept by a lock there.
#[cfg(loom)]
mod checked {
    use loom::sync::Mutex;
    use std::sync::Arc;

    #[derive(Debug)]
    pub(in super::super) struct Current<T>(Mutex<Arc<T>>);

    impl<T> Current<T> {
        pub(in super::super) fn new(value: Arc<T>) -> Self {
            Self(Mutex::new(value))
        }

        /// Boxed, so that it dereferences as arc-swap's guard does.
        pub(in super::super) fn get(&self) -> Box<Arc<T>> {
            Box::new(self.0.lock().expect("nothing panics under it").clone())
        }

        pub(in super::super) fn is(&self, value: &Arc<T>) -> bool {
            Arc::ptr_eq(&self.0.lock().expect("nothing panics under it"), value)
        }

        pub(in super::super) fn replace(&self, old: &Arc<T>, new: Arc<T>) -> Option<Arc<T>> {
            let mut there = self.0.lock().expect("nothing panics under it");
            Arc::ptr_eq(&there, old).then(|| std::mem::replace(&mut *there, new))
        }
    }

    #[derive(Debug)]
    pub(in super::super) struct Shelf<T>(Mutex<Option<Arc<T>>>);

    impl<T> Shelf<T> {
        pub(in super::super) fn empty() -> Self {
            Self(Mutex::new(None))
        }

        pub(in super::super) fn with(value: Arc<T>) -> Self {
            Self(Mutex::new(Some(value)))
        }

        pub(in super::super) fn get(&self) -> Option<Arc<T>> {
            self.0.lock().expect("nothing panics under it").clone()
        }

        pub(in super::super) fn put(&self, value: Arc<T>) {
            *self.0.lock().expect("nothing panics under it") = Some(value);
        }

        pub(in super::super) fn take(&self) -> Option<Arc<T>> {
            self.0.lock().expect("nothing panics under it").take()
        }
    }
}
