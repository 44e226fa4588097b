use crate::Target;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::Notify;

/// Who waits for each target that is watched: how a source that looks again from time to time makes of
/// [`Discover::refresh`](crate::Discover::refresh) a look at once. A clone is the same.
#[derive(Debug, Clone, Default)]
pub struct Waiting(Arc<Mutex<HashMap<Target, Weak<Notify>>>>);

impl Waiting {
    /// What wakes the watches of a target. Those that nobody watches any more are forgotten on the way.
    pub fn for_target(&self, target: &Target) -> Arc<Notify> {
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
    pub fn wake(&self, target: &Target) {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(notify) = waiting.get(target).and_then(Weak::upgrade) {
            notify.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn a_wake_reaches_the_watches_of_its_target_alone_and_what_is_gone_is_forgotten() {
        let waiting = Waiting::default();
        let of = |text| waiting.for_target(&Target::parse(text).unwrap());
        let (a, same, b) = (of("a:1"), of("a:1"), of("b:1"));
        let (mut woken, mut asleep) = (Box::pin(same.notified()), Box::pin(b.notified()));
        assert!(woken.as_mut().now_or_never().is_none() && asleep.as_mut().now_or_never().is_none());
        waiting.wake(&Target::parse("a:1").unwrap());
        assert!(woken.now_or_never().is_some() && asleep.now_or_never().is_none());
        drop((a, same, b));
        let _c = of("c:1");
        assert_eq!(waiting.0.lock().unwrap().len(), 1);
    }
}
