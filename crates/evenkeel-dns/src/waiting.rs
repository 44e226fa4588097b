use evenkeel_discover::Target;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::Notify;

/// Who waits for each target that is watched. A clone is the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waiting(Arc<Mutex<HashMap<Target, Weak<Notify>>>>);

impl Waiting {
    /// What wakes the watches of a target. Those that nobody watches any more are forgotten on the way.
    pub(crate) fn for_target(&self, target: &Target) -> Arc<Notify> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = waiting.get(target).and_then(Weak::upgrade) {
            return known;
        }
        waiting.retain(|_, notify| notify.strong_count() > 0);
        let new = Arc::new(Notify::new());
        waiting.insert(target.clone(), Arc::downgrade(&new));
        new
    }

    /// Wakes them.
    pub(crate) fn wake(&self, target: &Target) {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(notify) = waiting.get(target).and_then(Weak::upgrade) {
            notify.notify_waiters();
        }
    }
}
