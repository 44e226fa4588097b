//! The atomics of a [`RetryBudget`](super::RetryBudget); loom's, where every interleaving is to be run.

#[cfg(not(loom))]
pub(super) use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

#[cfg(loom)]
pub(super) use loom::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
