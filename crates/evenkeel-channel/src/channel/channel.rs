use super::StateWatch;
use crate::{
    Builder,
    call::{RequestBody, ResponseBody, Sender, failure, send},
    driver::Event,
    error::Error,
    http2::Http2Connection,
    transport::Connection,
};
use bytes::Bytes;
use evenkeel_core::Connectivity;
use http::{Request, Response};
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::sync::oneshot;

/// A channel to a service: discovers its instances, keeps connections to them, and sends each call where the policy picks.
///
/// It is a [`tower_service::Service`] on which generated gRPC clients run unchanged. A clone is the same channel; when the last
/// one is dropped its task ends and its connections close, each after its last call.
#[derive(Debug)]
pub struct Channel<C: Connection = Http2Connection> {
    pub(super) sender: Arc<Sender<C>>,
}

impl<C: Connection> Clone for Channel<C> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone() }
    }
}

/// What a channel's driver has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// How many pickers it has published.
    pub publications: u64,
    /// How long it was at work, on the clock; where threads outnumber cores, that is more than its CPU time.
    pub busy: Duration,
}

/// The response of a call on its way.
pub type ResponseFuture<C> = Pin<Box<dyn Future<Output = Result<Response<ResponseBody<C>>, Error>> + Send>>;

impl Channel {
    /// A channel to `target`, to be built.
    pub fn builder(target: impl Into<String>) -> Builder {
        Builder::new(&target.into())
    }
}

impl<C: Connection> Channel<C> {
    /// The state of the whole: READY if calls can be placed.
    pub fn state(&self) -> Connectivity {
        self.sender.front.published.read(|publication, _| publication.state.connectivity)
    }

    /// A watch of the state.
    pub fn watch_state(&self) -> StateWatch {
        StateWatch(self.sender.front.state.subscribe())
    }

    /// What the channel's driver has done so far.
    pub fn stats(&self) -> Stats {
        Stats { publications: *self.sender.front.version.borrow(), busy: self.sender.front.busy() }
    }

    /// Wakes an idle channel: it discovers and connects without waiting for a call.
    pub fn wake(&self) {
        let _ = self.sender.events.send(Event::Wake);
    }

    /// Wakes the channel and waits for it to be READY.
    ///
    /// # Errors
    /// It went to TRANSIENT_FAILURE instead, with the reason, or was closed. It goes on trying all the same.
    pub async fn ready(&self) -> Result<(), Error> {
        self.wake();
        let mut state = self.sender.front.state.subscribe();
        let settled =
            |state: &Connectivity| matches!(state, Connectivity::Ready | Connectivity::TransientFailure);
        loop {
            match state.wait_for(settled).await.map(|state| *state) {
                Ok(Connectivity::Ready) => return Ok(()),
                Ok(_) => match failure(&self.sender) {
                    Some(error) => return Err(error),
                    // It has recovered in this instant, and the news is on its way.
                    None => tokio::task::yield_now().await,
                },
                Err(_) => return Err(Error::Closed),
            }
        }
    }

    /// Closes the channel: new calls fail, those in flight get `grace` to end and are then cut. Returns when that is done.
    pub async fn close(&self, grace: Duration) {
        let (done, closed) = oneshot::channel();
        if self.sender.events.send(Event::Close(grace, done)).is_ok() {
            let _ = closed.await;
        }
    }
}

impl<B, C> tower_service::Service<Request<B>> for Channel<C>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    C: Connection,
{
    type Response = Response<ResponseBody<C>>;
    type Error = Error;
    type Future = ResponseFuture<C>;

    /// Always ready: a call that cannot be placed waits, or fails, by itself.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture<C> {
        let limit = self.sender.limits.replay;
        let request = request.map(|body| RequestBody::new(body, limit));
        Box::pin(send(self.sender.clone(), request))
    }
}
