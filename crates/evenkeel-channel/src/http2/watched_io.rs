use super::{
    frames::{FrameReader, first_bytes},
    link::Link,
};
use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A byte stream that tells its [`Link`] what the peer says, and when the stream ends.
///
/// A read costs one walk over the frame headers in it, and no allocation but for a GOAWAY.
#[derive(Debug)]
pub(super) struct WatchedIo<T> {
    io: T,
    frames: FrameReader,
    link: Arc<Link>,
}

impl<T> WatchedIo<T> {
    pub(super) fn new(io: T, link: Arc<Link>) -> Self {
        Self { io, frames: FrameReader::new(), link }
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

    fn check<R>(&self, result: io::Result<R>) -> Poll<io::Result<R>> {
        if let Err(error) = &result {
            self.ended(&error.to_string());
        }
        Poll::Ready(result)
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
        if result.is_ok() && room > 0 {
            me.saw(&buf.filled()[before..]);
        }
        me.check(result)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for WatchedIo<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = ready!(Pin::new(&mut self.io).poll_write(cx, buf));
        self.check(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, bufs));
        self.check(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = ready!(Pin::new(&mut self.io).poll_flush(cx));
        self.check(result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
