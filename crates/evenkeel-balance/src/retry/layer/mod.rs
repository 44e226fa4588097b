mod service;
#[cfg(test)]
mod tests;

use super::{ByReach, Retry};
use service::Shared;
pub use service::{RetryFuture, RetryService};
use std::{fmt, sync::Arc};
use tower_layer::Layer;

/// A [`tower::Layer`](Layer) that sends each request to an instance, and repeats it on others.
///
/// It goes over any service that is cloned for each attempt, such as an HTTP client with a pool of its own. A [`Route`](super::Route)
/// puts the instance into the request: into its URI, its extensions, or beside it. Requests are cloned, so large bodies belong
/// behind an `Arc` or in `Bytes`.
///
/// An inner service whose errors are boxed goes through [`BoxedError::new`](super::BoxedError::new), as `map_err` in a
/// `ServiceBuilder`. What an HTTP server answers with a status such as 503 is a response, not an error: where it is to be repeated,
/// make it an error below this layer.
///
/// ```
/// # use evenkeel_balance::{Pinned, Retry, RetryLayer};
/// # use evenkeel_core::{Address, Instance};
/// use std::{future::{Ready, ready}, io, sync::Arc, task::{Context, Poll}, time::Duration};
/// use tower_layer::Layer;
/// use tower_service::Service;
///
/// /// A client that is told the server with each request.
/// #[derive(Clone)]
/// struct Client;
///
/// impl Service<String> for Client {
///     type Response = String;
///     type Error = io::Error;
///     type Future = Ready<io::Result<String>>;
///
///     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Poll::Ready(Ok(()))
///     }
///
///     fn call(&mut self, url: String) -> Self::Future {
///         ready(Ok(format!("GET {url}")))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let balancer = Arc::new(Pinned::new(Instance::from("10.0.0.1:80".parse::<Address>()?)));
/// let retry = Retry::new(3, Duration::from_secs(5))?;
/// let to = |path: &'static str, instance: &Arc<Instance>| format!("http://{}{path}", instance.name());
/// let mut client = RetryLayer::new(balancer, retry, to).layer(Client);
///
/// assert_eq!(client.call("/users").await?, "GET http://10.0.0.1:80/users");
/// # Ok(())
/// # }
/// ```
pub struct RetryLayer<I, R, C = ByReach> {
    shared: Arc<Shared<I, R, C>>,
}

impl<I, R, C> RetryLayer<I, R, C> {
    /// Sends requests to these instances, `route`d there, and repeats them like this.
    pub fn new(instances: I, retry: Retry<C>, route: R) -> Self {
        Self { shared: Arc::new(Shared { instances, retry, route }) }
    }
}

impl<I, R, C> Clone for RetryLayer<I, R, C> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

impl<I, R, C: fmt::Debug> fmt::Debug for RetryLayer<I, R, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryLayer").field("retry", &self.shared.retry).finish_non_exhaustive()
    }
}

impl<S, I, R, C> Layer<S> for RetryLayer<I, R, C> {
    type Service = RetryService<S, I, R, C>;

    fn layer(&self, inner: S) -> Self::Service {
        RetryService { inner, shared: self.shared.clone() }
    }
}
