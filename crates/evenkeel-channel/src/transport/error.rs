use crate::call::RequestBody;
use http::Request;
use std::{error::Error, fmt, io, sync::Arc, time::Duration};

type Source = Box<dyn Error + Send + Sync>;

/// Why no connection could be made.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The operating system's answer: refused, unreachable, reset.
    #[error("{0}")]
    Io(#[source] Arc<io::Error>),
    /// No answer in time.
    #[error("no connection within {0:?}")]
    Timeout(Duration),
    /// The TLS handshake failed: a certificate for another name, expired, unknown issuer.
    #[error("TLS: {0}")]
    Tls(#[source] Arc<dyn Error + Send + Sync>),
    /// TLS is up, but the peer did not choose HTTP/2.
    #[error("TLS: the peer does not offer HTTP/2 (ALPN \"h2\")")]
    Alpn,
    /// The peer's first bytes are not HTTP/2, or it closed before its SETTINGS.
    #[error("not an HTTP/2 peer: {0}")]
    NotHttp2(String),
    /// This transport cannot reach an address of that kind.
    #[error("{0}")]
    Unsupported(String),
}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}

/// Why a connection takes no new calls.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Closed {
    /// The peer sent GOAWAY: calls that it has seen go on, new ones belong elsewhere.
    GoAway {
        /// The HTTP/2 error code; 0 is a graceful end.
        code: u32,
        /// The debug text, cut to a printable length.
        text: String,
    },
    /// The peer, or this side, closed the connection, or it failed; the text says how.
    Lost(String),
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GoAway { code, text } if text.is_empty() => write!(f, "GOAWAY with code {code}"),
            Self::GoAway { code, text } => write!(f, "GOAWAY with code {code}: {text}"),
            Self::Lost(why) => f.write_str(why),
        }
    }
}

/// Why a request, or the rest of its response, did not come through, as the transport knows it.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Source,
}

/// The cases that a caller can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The connection was lost with the call on it.
    Lost,
    /// The peer reset the stream, with this HTTP/2 error code.
    Reset(u32),
    /// The caller's own request body failed.
    RequestBody,
    /// The peer broke the protocol.
    Protocol,
}

impl TransportError {
    /// An error of this kind with its cause.
    pub fn new(kind: TransportErrorKind, source: impl Into<Source>) -> Self {
        Self { kind, source: source.into() }
    }

    /// Which case it is.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TransportErrorKind::Lost => write!(f, "connection lost: {}", self.source),
            TransportErrorKind::Reset(code) => write!(f, "the server reset the stream with code {code}"),
            TransportErrorKind::RequestBody => write!(f, "the request body failed: {}", self.source),
            TransportErrorKind::Protocol => write!(f, "protocol error: {}", self.source),
        }
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

/// How a request failed before its response began, which decides who may repeat it (gRFC A6, transparent retries).
#[derive(Debug)]
pub enum SendError {
    /// It never left this process; here it is again, untouched. It may be repeated without limit.
    Unsent(Box<Request<RequestBody>>),
    /// The server's transport refused it, and its application has not seen it: REFUSED_STREAM. Once more is safe.
    Refused(TransportError),
    /// The connection ended by a GOAWAY before the server's application saw it. Another connection is safe.
    GoneAway(TransportError),
    /// The server may have seen it.
    Failed(TransportError),
}
