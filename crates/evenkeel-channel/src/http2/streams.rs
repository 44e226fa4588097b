use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use tokio::sync::Notify;

/// The peer's SETTINGS did not set a limit; a limit has 32 bits.
const NO_LIMIT: u64 = u64::MAX;

/// From this limit on, one stream is left free. For the stream that reaches the limit hyper parks its request between two
/// queues, where it is lost without a trace if the connection closes at that moment. With fewer, the stream is worth more.
const SPARE_FROM: u32 = 16;

/// The count of a connection's streams against the peer's limit, and the queue of calls beyond it, oldest first.
///
/// hyper has a queue of its own, but what waits there stays there, even after a GOAWAY, until another stream ends. A call
/// that waits here is still in hand, and can go elsewhere. While nobody waits, a call costs two atomic additions.
#[derive(Debug)]
pub(super) struct Streams {
    /// The peer's limit.
    limit: AtomicU64,
    open: AtomicU32,
    waiting: AtomicU32,
    turn: Notify,
}

/// Counts as waiting while it lives.
struct Waiting<'a>(&'a AtomicU32);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

impl Streams {
    pub(super) fn new() -> Self {
        Self {
            limit: AtomicU64::new(NO_LIMIT),
            open: AtomicU32::new(0),
            waiting: AtomicU32::new(0),
            turn: Notify::new(),
        }
    }

    pub(super) fn limit(&self) -> Option<u32> {
        u32::try_from(self.limit.load(SeqCst)).ok()
    }

    pub(super) fn set_limit(&self, limit: u32) {
        self.limit.store(limit.into(), SeqCst);
        self.next();
    }

    /// Counts one more stream, if there is room and nobody waits for it.
    pub(super) fn try_take(&self) -> bool {
        self.waiting.load(SeqCst) == 0 && self.take()
    }

    /// Gives back what [`try_take`](Self::try_take) or [`wait`](Self::wait) took.
    pub(super) fn give_back(&self) {
        self.open.fetch_sub(1, SeqCst);
        self.next();
    }

    /// Waits for its turn; false when the connection is no longer `usable`, of which [`wake_all`](Self::wake_all) tells.
    pub(super) async fn wait(&self, usable: impl Fn() -> bool) -> bool {
        let mut my_turn = self.waiting.fetch_add(1, SeqCst) == 0;
        let _waiting = Waiting(&self.waiting);
        loop {
            let mut turn = std::pin::pin!(self.turn.notified());
            // In the queue before anything is checked, so that no change is missed.
            turn.as_mut().enable();
            if !usable() {
                return false;
            }
            if my_turn && self.take() {
                // One call of `next` may stand for two changes.
                self.next();
                return true;
            }
            turn.await;
            my_turn = true;
        }
    }

    /// Lets all that wait look again.
    pub(super) fn wake_all(&self) {
        self.turn.notify_waiters();
    }

    /// Not by adding first and looking then: for a moment that would hide room from another, whom nobody wakes again.
    fn take(&self) -> bool {
        let limit = self.limit.load(SeqCst);
        let usable = if limit < SPARE_FROM.into() { limit } else { limit - 1 };
        let room = |open| (u64::from(open) < usable).then_some(open + 1);
        self.open.fetch_update(SeqCst, SeqCst, room).is_ok()
    }

    fn next(&self) {
        if self.waiting.load(SeqCst) > 0 {
            self.turn.notify_one();
        }
    }
}

#[cfg(test)]
mod tests;
