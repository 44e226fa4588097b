use futures_core::Stream;
use futures_util::{StreamExt, stream};
use std::time::Duration;
use tokio::time::sleep;

/// One item at once, then one each `period`.
pub(super) fn ticks(period: Duration) -> impl Stream<Item = ()> + Send + 'static {
    let later = stream::unfold((), move |()| async move {
        sleep(period).await;
        Some(((), ()))
    });
    stream::iter([()]).chain(later)
}
