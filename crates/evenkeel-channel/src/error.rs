use crate::transport::TransportError;
use evenkeel_core::{Code, Failure};
use std::{fmt, sync::Arc, time::Duration};

/// Why a call failed in the channel, apart from what the server said.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No endpoint could be picked.
    #[error("no endpoint: {0}")]
    NoEndpoint(#[source] Arc<Failure>),
    /// The policy dropped the call.
    #[error("the policy dropped the call: {0}")]
    Dropped(#[source] Arc<Failure>),
    /// Too many calls wait for a connection already.
    #[error("queue full: {limit} calls are waiting for a connection")]
    QueueFull {
        /// How many may wait.
        limit: usize,
    },
    /// The call waited as long for a connection as the channel lets it.
    #[error("no connection within the queue timeout of {after:?}{}", because(.last.as_ref()))]
    QueueTimeout {
        /// How long it waited.
        after: Duration,
        /// Why there was no connection, if that is known.
        #[source]
        last: Option<Arc<Failure>>,
    },
    /// The call's deadline passed.
    #[error("deadline of {after:?} exceeded{}", because(.last.as_ref()))]
    Deadline {
        /// The time that the call had.
        after: Duration,
        /// Why there was no connection, if the call was waiting for one.
        #[source]
        last: Option<Arc<Failure>>,
    },
    /// The connection failed with the call on it.
    #[error("{0}")]
    Transport(#[source] TransportError),
    /// The picker's code panicked.
    #[error("the picker panicked: {0}")]
    PickerPanicked(String),
    /// The request's URI cannot be sent: it has no path.
    #[error("the request's URI has no path")]
    NoPath,
    /// The channel was closed.
    #[error("the channel is closed")]
    Closed,
}

fn because(last: Option<&Arc<Failure>>) -> String {
    last.map_or_else(String::new, |last| format!("; last error: {last}"))
}

/// The kinds of [`Error`] that scripts tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No endpoint could be picked, for this reason.
    NoEndpoint(evenkeel_core::FailureKind),
    /// The network, the queue or the channel failed the call.
    Unavailable,
    /// The deadline passed.
    Deadline,
    /// The server reset the stream as canceled.
    Canceled,
    /// A program error, on one side or the other.
    Internal,
}

/// HTTP/2 error codes that have a gRPC code of their own (gRPC over HTTP/2, "Errors").
mod h2_code {
    pub(super) const REFUSED_STREAM: u32 = 7;
    pub(super) const CANCEL: u32 = 8;
    pub(super) const ENHANCE_YOUR_CALM: u32 = 11;
    pub(super) const INADEQUATE_SECURITY: u32 = 12;
}

impl Error {
    /// Which kind it is.
    pub fn kind(&self) -> ErrorKind {
        match (self, self.code()) {
            (Self::NoEndpoint(failure) | Self::Dropped(failure), _) => ErrorKind::NoEndpoint(failure.kind()),
            (_, Code::Unavailable) => ErrorKind::Unavailable,
            (_, Code::DeadlineExceeded) => ErrorKind::Deadline,
            (_, Code::Cancelled) => ErrorKind::Canceled,
            _ => ErrorKind::Internal,
        }
    }

    /// The status code that a gRPC caller sees: UNAVAILABLE for all that the network did.
    pub fn code(&self) -> Code {
        use crate::transport::TransportErrorKind as Kind;
        match self {
            Self::NoEndpoint(_)
            | Self::Dropped(_)
            | Self::QueueFull { .. }
            | Self::QueueTimeout { .. }
            | Self::Closed => Code::Unavailable,
            Self::Deadline { .. } => Code::DeadlineExceeded,
            Self::PickerPanicked(_) | Self::NoPath => Code::Internal,
            Self::Transport(error) => match error.kind() {
                Kind::Lost | Kind::Reset(h2_code::REFUSED_STREAM) => Code::Unavailable,
                Kind::Reset(h2_code::CANCEL) => Code::Cancelled,
                Kind::Reset(h2_code::ENHANCE_YOUR_CALM) => Code::ResourceExhausted,
                Kind::Reset(h2_code::INADEQUATE_SECURITY) => Code::PermissionDenied,
                Kind::Reset(_) | Kind::RequestBody | Kind::Protocol => Code::Internal,
            },
        }
    }

    /// Whether the same call may succeed a little later.
    pub fn is_retryable(&self) -> bool {
        self.code() == Code::Unavailable && !matches!(self, Self::Closed | Self::Dropped(_))
    }
}

/// A text from outside for a log line or a status: at most 1 KiB, control characters escaped.
pub(crate) struct Plain<T>(pub(crate) T);

const LONGEST: usize = 1024;

impl<T: fmt::Display> fmt::Display for Plain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        for c in text.chars().take(LONGEST) {
            if c.is_control() { write!(f, "{}", c.escape_default())? } else { write!(f, "{c}")? }
        }
        if text.chars().nth(LONGEST).is_some() { f.write_str("...") } else { Ok(()) }
    }
}
