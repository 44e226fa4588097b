use super::{failure, link::Slot, outgoing::Reader};
use crate::transport::TransportError;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

/// The body of a response over HTTP/2. Its end, or dropping it, ends the call: what is left of the request is not sent.
///
/// A peer that resets the stream with `NO_ERROR` ends the body without an error, as RFC 9113 section 8.1 has it. A request
/// that the peer's flow control holds up is reset only when the peer lets it go on, or the connection ends.
#[derive(Debug)]
pub struct Http2Body {
    incoming: Incoming,
    ongoing: Option<Ongoing>,
}

/// What a call holds on to until its response has ended.
#[derive(Debug)]
pub(super) struct Ongoing {
    /// Before the slot: the stream ends before its place is free.
    _reader: Reader,
    _slot: Slot,
}

impl Ongoing {
    pub(super) fn new(reader: Reader, slot: Slot) -> Self {
        Self { _reader: reader, _slot: slot }
    }
}

impl Http2Body {
    pub(super) fn new(incoming: Incoming, ongoing: Ongoing) -> Self {
        Self { incoming, ongoing: Some(ongoing) }
    }
}

impl Body for Http2Body {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let polled = ready!(Pin::new(&mut self.incoming).poll_frame(cx));
        if !matches!(&polled, Some(Ok(frame)) if frame.is_data()) {
            self.ongoing = None;
        }
        Poll::Ready(polled.map(|frame| frame.map_err(failure::transport_error)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
