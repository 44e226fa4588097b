use super::{
    frames::{FrameReader, first_bytes},
    link::Link,
};
use std::{
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

#[cfg(test)]
mod tests;

/// A byte stream that tells its [`Link`] what the peer says, and when the stream ends.
///
/// A read costs one walk over the frame headers in it, and no allocation but for a GOAWAY.
///
/// A write that fails because the peer has gone does not end the stream: what the peer said before it went is still to be
/// read, and may be the GOAWAY that tells which calls it has not seen, or their responses. What is written from then on is
/// dropped, and the reader finds the end.
#[derive(Debug)]
pub(super) struct WatchedIo<T> {
    io: T,
    frames: FrameReader,
    link: Arc<Link>,
    /// The peer takes nothing more.
    deaf: bool,
}

impl<T> WatchedIo<T> {
    pub(super) fn new(io: T, link: Arc<Link>) -> Self {
        Self { io, frames: FrameReader::new(), link, deaf: false }
    }

    fn saw(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return self.ended("the peer closed the connection");
        }
        let Self { frames, link, .. } = self;
        frames.feed(bytes, |event| link.told(event));
    }

    #[cold]
    fn ended(&self, why: &str) {
        match self.frames.before_first_frame() {
            Some(bytes) => self.link.lost(format!("{why}; {}", first_bytes(bytes))),
            None => self.link.lost(why.into()),
        }
    }

    /// The result of a write, which counts as `written` once the peer has gone.
    fn wrote<R>(&mut self, result: io::Result<R>, written: R) -> io::Result<R> {
        match result {
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
                self.deaf = true;
                self.ended(&error.to_string());
                Ok(written)
            }
            Err(error) => {
                self.ended(&error.to_string());
                Err(error)
            }
            Ok(result) => Ok(result),
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for WatchedIo<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let me = &mut *self;
        let (before, room) = (buf.filled().len(), buf.remaining());
        let result = ready!(Pin::new(&mut me.io).poll_read(cx, buf));
        match &result {
            Ok(()) if room > 0 => me.saw(&buf.filled()[before..]),
            Ok(()) => {}
            Err(error) => me.ended(&error.to_string()),
        }
        Poll::Ready(result)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for WatchedIo<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.deaf {
            return Poll::Ready(Ok(buf.len()));
        }
        let result = ready!(Pin::new(&mut self.io).poll_write(cx, buf));
        Poll::Ready(self.wrote(result, buf.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let all = || bufs.iter().map(|buf| buf.len()).sum();
        if self.deaf {
            return Poll::Ready(Ok(all()));
        }
        let result = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, bufs));
        Poll::Ready(self.wrote(result, all()))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.deaf {
            return Poll::Ready(Ok(()));
        }
        let result = ready!(Pin::new(&mut self.io).poll_flush(cx));
        Poll::Ready(self.wrote(result, ()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
