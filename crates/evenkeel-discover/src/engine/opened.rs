use crate::{DiscoverError, Source, Target, Watch};
use evenkeel_core::{Snapshot, panic_text};
use std::{
    any::Any,
    fmt,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    task::{Context, Poll},
};

/// A source's watch. One that panics is an error of that source, and has ended.
pub(crate) struct Opened(Option<Watch>);

impl Opened {
    pub(crate) fn open(source: &Source, target: &Target) -> Result<Self, DiscoverError> {
        catch_unwind(AssertUnwindSafe(|| source.watch(target)))
            .map(|watch| Self(Some(watch)))
            .map_err(|panic| panicked(&*panic))
    }

    /// The next answer; nothing once it has ended. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Option<Result<Snapshot, DiscoverError>> {
        poll_fn(|cx| self.poll(cx)).await
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Snapshot, DiscoverError>>> {
        let Some(watch) = &mut self.0 else { return Poll::Ready(None) };
        match catch_unwind(AssertUnwindSafe(|| watch.as_mut().poll_next(cx))) {
            Ok(polled) => polled,
            Err(panic) => {
                self.close();
                Poll::Ready(Some(Err(panicked(&*panic))))
            }
        }
    }

    /// What a source does when it is dropped is its own, too.
    fn close(&mut self) {
        let watch = self.0.take();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(watch))) {
            tracing::warn!(error = %panicked(&*panic), "a watch ended badly");
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opened")
    }
}

fn panicked(panic: &(dyn Any + Send)) -> DiscoverError {
    DiscoverError::source_failed(Panicked(panic_text(panic)))
}

#[derive(Debug, thiserror::Error)]
#[error("the source panicked: {0}")]
struct Panicked(String);
