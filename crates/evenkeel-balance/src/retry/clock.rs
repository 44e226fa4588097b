use std::time::{Duration, Instant};
use tokio::time::Instant as Timer;

/// The time, which tests may hold still.
pub(super) fn now() -> Instant {
    Timer::now().into_std()
}

/// Runs `future` until then; nothing if it has not ended by then. Without a time it just runs, and needs no timer.
pub(super) async fn until<F: Future>(at: Option<Instant>, future: F) -> Option<F::Output> {
    match at {
        Some(at) => tokio::time::timeout_at(Timer::from_std(at), future).await.ok(),
        None => Some(future.await),
    }
}

/// Waits; not at all for a pause of 0.
pub(super) async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}
