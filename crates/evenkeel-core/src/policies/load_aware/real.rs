use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A number that several threads read and write, one at a time: its bits in one atomic.
#[derive(Debug)]
pub(in crate::policies) struct Real(AtomicU64);

impl Real {
    pub(in crate::policies) fn new(value: f64) -> Self {
        Self(AtomicU64::new(value.to_bits()))
    }

    #[inline]
    pub(in crate::policies) fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Relaxed))
    }

    #[inline]
    pub(in crate::policies) fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Relaxed);
    }
}
