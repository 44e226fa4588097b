use crate::retry::{ByReach, Classify, Instances, Retry, RetryError, Route};
use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower_service::Service;

/// A service whose requests go to an instance each, and are repeated on others. A [`RetryLayer`](super::RetryLayer) makes it.
pub struct RetryService<S, I, R, C = ByReach> {
    pub(super) inner: S,
    pub(super) shared: Arc<Shared<I, R, C>>,
}

/// What all clones of a layer and of its services share.
pub(super) struct Shared<I, R, C> {
    pub(super) instances: I,
    pub(super) retry: Retry<C>,
    pub(super) route: R,
}

/// A request on its way.
pub type RetryFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, RetryError<E>>> + Send>>;

impl<S: Clone, I, R, C> Clone for RetryService<S, I, R, C> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), shared: self.shared.clone() }
    }
}

impl<S: fmt::Debug, I, R, C: fmt::Debug> fmt::Debug for RetryService<S, I, R, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (inner, retry) = (&self.inner, &self.shared.retry);
        f.debug_struct("RetryService").field("inner", inner).field("retry", retry).finish_non_exhaustive()
    }
}

impl<S, I, R, C, Req> Service<Req> for RetryService<S, I, R, C>
where
    S: Service<R::Routed> + Clone + Send + 'static,
    S::Future: Send,
    S::Response: Send,
    S::Error: Send + Sync + 'static,
    I: Instances + 'static,
    R: Route<Req, I::Call> + Send + Sync + 'static,
    R::Routed: Send,
    C: Classify<S::Error> + Send + Sync + 'static,
    Req: Clone + Send + 'static,
{
    type Response = S::Response;
    type Error = RetryError<S::Error>;
    type Future = RetryFuture<S::Response, S::Error>;

    /// Always: each attempt waits for a clone of the service below, within its own time.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Req) -> Self::Future {
        let (inner, shared) = (self.inner.clone(), self.shared.clone());
        Box::pin(async move {
            let Shared { instances, retry, route } = &*shared;
            let (call, repeatable) = (route.call(&request), route.is_repeatable(&request));
            let attempt = move |instance, request| {
                let (mut inner, routed) = (inner.clone(), route.route(request, &instance));
                async move {
                    poll_fn(|context| inner.poll_ready(context)).await?;
                    inner.call(routed).await
                }
            };
            retry.run(instances, call, repeatable, request, attempt).await
        })
    }
}
