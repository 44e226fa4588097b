use super::{failure, outgoing::Reader};
use crate::transport::TransportError;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// The body of a response over HTTP/2. Dropping it ends the call: what is left of the request is not sent.
///
/// A peer that resets the stream with `NO_ERROR` ends the body without an error, as RFC 9113 section 8.1 has it.
#[derive(Debug)]
pub struct Http2Body {
    incoming: Incoming,
    _reader: Reader,
}

impl Http2Body {
    pub(super) fn new(incoming: Incoming, reader: Reader) -> Self {
        Self { incoming, _reader: reader }
    }
}

impl Body for Http2Body {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        Pin::new(&mut self.incoming).poll_frame(cx).map_err(failure::transport_error)
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
