use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

/// A request's body: one message, already framed, so many times.
#[derive(Debug, Clone)]
pub(crate) struct Messages {
    framed: Bytes,
    left: u32,
}

impl Messages {
    /// So many messages of these bytes, each behind gRPC's prefix: no compression, and the length.
    pub(super) fn new(message: &[u8], count: u32) -> Option<Self> {
        let length = u32::try_from(message.len()).ok()?;
        let framed = [&[0], &length.to_be_bytes()[..], message].concat();
        Some(Self { framed: framed.into(), left: count })
    }
}

impl Body for Messages {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        Poll::Ready(Some(Ok(Frame::data(self.framed.clone()))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.framed.len() as u64 * u64::from(self.left))
    }
}
