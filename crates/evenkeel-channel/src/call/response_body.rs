use super::{deadline::Deadline, status};
use crate::{
    driver::{Handle, InFlight, now},
    error::Error,
    transport::Connection,
};
use bytes::Bytes;
use evenkeel_core::{Call, Code, Outcome};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// The body of a response. To a gRPC caller an error of the network ends it with a status in its trailers, as a server's would.
#[derive(Debug)]
pub struct ResponseBody<C: Connection> {
    inner: Option<C::Body>,
    grpc: bool,
    deadline: Option<Deadline>,
    /// Tells the trackers how the call ends.
    call: Call,
    /// The call counts as in flight, and its connection can be cut, until its response has ended.
    held: Option<(InFlight<C>, Arc<Handle<C>>)>,
}

impl<C: Connection> ResponseBody<C> {
    pub(super) fn new(
        inner: C::Body,
        grpc: bool,
        deadline: Option<Deadline>,
        call: Call,
        held: (InFlight<C>, Arc<Handle<C>>),
    ) -> Self {
        Self { inner: Some(inner), grpc, deadline, call, held: Some(held) }
    }

    /// No body at all.
    pub(super) fn empty() -> Self {
        Self { inner: None, grpc: true, deadline: None, call: Call::untracked(), held: None }
    }

    /// The response is over: lets go of the stream, which cancels whatever was left of it.
    fn finish(&mut self, outcome: Outcome) {
        (self.inner, self.deadline, self.held) = (None, None, None);
        std::mem::take(&mut self.call).end(outcome);
    }

    /// The error of a call that ends after its deadline.
    fn too_late(&self) -> Option<Error> {
        let deadline = self.deadline.as_ref().filter(|deadline| deadline.is_over(now()))?;
        Some(Error::Deadline { after: deadline.after(), last: None })
    }

    fn fail(&mut self, error: Error) -> Result<Frame<Bytes>, Error> {
        self.finish(Outcome::Failure);
        if self.grpc { Ok(Frame::trailers(status::trailers(&error))) } else { Err(error) }
    }
}

/// What a server's status means for load. Codes that are the caller's own doing are the server's success.
pub(super) fn outcome(trailers: &HeaderMap) -> Option<Outcome> {
    let code = trailers.get(status::GRPC_STATUS)?.to_str().ok()?.parse().ok()?;
    Some(match Code::from_u32(code)? {
        Code::Ok
        | Code::Cancelled
        | Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::Unauthenticated
        | Code::FailedPrecondition
        | Code::OutOfRange => Outcome::Success,
        Code::ResourceExhausted => Outcome::Overloaded { retry_after: None },
        _ => Outcome::Failure,
    })
}

impl<C: Connection> Body for ResponseBody<C> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let me = &mut *self;
        let Some(inner) = &mut me.inner else { return Poll::Ready(None) };
        match Pin::new(inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    if status::is_cancelled(trailers)
                        && let Some(error) = me.too_late()
                    {
                        return Poll::Ready(Some(me.fail(error)));
                    }
                    me.finish(outcome(trailers).unwrap_or(Outcome::Success));
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                let error = Error::Transport(error);
                let late = me.too_late().filter(|_| error.code() == Code::Cancelled);
                Poll::Ready(Some(me.fail(late.unwrap_or(error))))
            }
            Poll::Ready(None) => {
                me.finish(Outcome::Success);
                Poll::Ready(None)
            }
            Poll::Pending => match me.deadline.as_mut().map(|deadline| (deadline.poll(cx), deadline.after()))
            {
                Some((Poll::Ready(()), after)) => {
                    Poll::Ready(Some(me.fail(Error::Deadline { after, last: None })))
                }
                _ => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}
