use super::{
    super::{keepalive::Keepalive, link::Phase},
    *,
};
use crate::transport::Closed;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A peer that said this, and takes nothing.
struct Gone(&'static [u8], ErrorKind);

impl AsyncRead for Gone {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Gone {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(self.1.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(self.1.into()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn watched(error: ErrorKind) -> (WatchedIo<Gone>, Arc<Link>) {
    const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
    let link = Arc::new(Link::new(Keepalive::new(None).for_connection()));
    (WatchedIo::new(Gone(SETTINGS, error), link.clone()), link)
}

#[tokio::test]
async fn what_a_peer_said_before_it_went_can_be_read_after_a_failed_write() {
    for kind in [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset] {
        let (mut io, link) = watched(kind);
        io.write_all(b"lost").await.unwrap();
        assert!(!link.is_open(), "no new calls on it");
        assert_eq!(io.write_vectored(&[IoSlice::new(b"al"), IoSlice::new(b"so")]).await.unwrap(), 4);
        io.flush().await.unwrap();
        let mut said = Vec::new();
        assert_eq!(io.read_to_end(&mut said).await.unwrap(), 9);
    }
}

#[tokio::test]
async fn another_failure_of_a_write_ends_the_stream() {
    let (mut io, link) = watched(ErrorKind::TimedOut);
    io.read_exact(&mut [0; 9]).await.unwrap();
    assert!(link.is_open());
    io.write_all(b"x").await.unwrap_err();
    let phase = link.phase().borrow().clone();
    assert!(matches!(phase, Phase::Closed(Closed::Lost(_))), "{phase:?}");
}
