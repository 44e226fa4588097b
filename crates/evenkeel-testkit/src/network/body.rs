use super::{connection::lost, line::InCall, reply::Body};
use bytes::Bytes;
use evenkeel_channel::transport::TransportError;
use http_body::{Frame, SizeHint};
use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

/// The body of a response; its call is on the connection until it has ended, or is dropped.
pub struct LineBody {
    inner: Body,
    call: Option<InCall>,
    broken: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl LineBody {
    pub(super) fn new(inner: Body, call: InCall, broken: impl Future<Output = ()> + Send + 'static) -> Self {
        let over = http_body::Body::is_end_stream(&inner);
        Self { inner, call: (!over).then_some(call), broken: Box::pin(broken) }
    }
}

impl http_body::Body for LineBody {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let me = &mut *self;
        if me.call.is_none() {
            return Poll::Ready(None);
        }
        if me.broken.as_mut().poll(cx).is_ready() {
            me.call = None;
            return Poll::Ready(Some(Err(lost())));
        }
        let polled = Pin::new(&mut me.inner).poll_frame(cx);
        if let Poll::Ready(end) = &polled
            && end.as_ref().is_none_or(|frame| frame.as_ref().is_ok_and(Frame::is_trailers))
        {
            me.call = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.call.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl fmt::Debug for LineBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineBody").field("over", &self.call.is_none()).finish_non_exhaustive()
    }
}
