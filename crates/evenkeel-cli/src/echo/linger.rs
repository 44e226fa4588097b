//! Closing a connection without cutting off what was sent last.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::listener::Io;

/// How long the peer has to close its side: several round trips of any network, and little of the grace at a stop.
const PATIENCE: Duration = Duration::from_secs(1);

/// A stream that, once shut down, reads on until its peer has closed as well.
///
/// A socket closed while it holds unread bytes, such as calls sent before the peer saw GOAWAY, resets the connection; the
/// peer may then fail to write before it reads the last answers, and lose calls that had succeeded.
pub(super) struct Linger {
    stream: Box<dyn Io>,
    patience: Option<Pin<Box<Sleep>>>,
}

impl Linger {
    pub(super) fn new(stream: Box<dyn Io>) -> Self {
        Self { stream, patience: None }
    }
}

impl AsyncRead for Linger {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Linger {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, patience } = &mut *self;
        if patience.is_none() {
            ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
        }
        let patience = patience.get_or_insert_with(|| Box::pin(sleep(PATIENCE)));
        let mut ignored = [0; 4096];
        loop {
            if patience.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut ignored = ReadBuf::new(&mut ignored);
            let read = ready!(Pin::new(&mut *stream).poll_read(cx, &mut ignored));
            if read.is_err() || ignored.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
