use crate::{Tls, WireError};
use evenkeel_discover::Server;
use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};

/// A connected byte stream.
#[derive(Debug)]
pub struct Stream(Kind);

#[derive(Debug)]
enum Kind {
    Plain(TcpStream),
    #[cfg(feature = "tls")]
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

/// Connects to a server, over TLS if it is given; the name verified is the server's host. `limit` is for all of it.
///
/// # Errors
/// It cannot be reached or verified, or not in time.
pub async fn connect(server: &Server, tls: Option<&Tls>, limit: Duration) -> Result<Stream, WireError> {
    let connecting = async {
        let tcp = TcpStream::connect((server.host.as_str(), server.port)).await?;
        tcp.set_nodelay(true)?;
        match tls {
            None => Ok(Stream(Kind::Plain(tcp))),
            #[cfg(feature = "tls")]
            Some(tls) => Ok(Stream(Kind::Tls(Box::new(tls.handshake(server, tcp).await?)))),
            #[cfg(not(feature = "tls"))]
            Some(_) => Err(Tls::impossible()),
        }
    };
    match timeout(limit, connecting).await {
        Ok(done) => done.map_err(|error| WireError::Connect { server: server.clone(), error }),
        Err(_) => Err(WireError::TooLate { server: server.clone(), after: limit }),
    }
}

macro_rules! each {
    ($self:ident, $stream:ident => $do:expr) => {
        match &mut $self.get_mut().0 {
            Kind::Plain($stream) => $do,
            #[cfg(feature = "tls")]
            Kind::Tls($stream) => $do,
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        each!(self, stream => Pin::new(stream).poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }
}
