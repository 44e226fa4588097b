use crate::call::RequestBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::{
    convert::Infallible,
    error::Error,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::sync::oneshot;

type BoxError = Box<dyn Error + Send + Sync>;

/// A request body as hyper sends it, which stops when nobody reads the response any more.
///
/// hyper resets a stream only when both of its halves are gone. Without this, a caller that drops the response of a call
/// whose request goes on would leave that call running.
#[derive(Debug)]
pub(super) struct Outgoing {
    body: RequestBody,
    reader: oneshot::Receiver<Infallible>,
}

/// The reader of the response: while it lives, the request goes on.
pub(super) type Reader = oneshot::Sender<Infallible>;

impl Outgoing {
    pub(super) fn new(body: RequestBody) -> (Self, Reader) {
        let (sender, reader) = oneshot::channel();
        (Self { body, reader }, sender)
    }

    pub(super) fn into_inner(self) -> RequestBody {
        self.body
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let me = &mut *self;
        let polled = Pin::new(&mut me.body).poll_frame(cx);
        if polled.is_pending() && Pin::new(&mut me.reader).poll(cx).is_ready() {
            // hyper takes the reset's code from the error.
            return Poll::Ready(Some(Err(h2::Error::from(h2::Reason::CANCEL).into())));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
