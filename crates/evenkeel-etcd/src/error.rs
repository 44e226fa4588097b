use evenkeel_core::printable;
use evenkeel_discover::Server;
use evenkeel_wire::WireError;
use std::{error::Error, time::Duration};
use tonic::{Code, Status};

/// Why etcd could not be asked, or did not answer well. No variant holds credentials.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EtcdError {
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error("{server}: {error}")]
    Connection {
        server: Server,
        #[source]
        error: Box<dyn Error + Send + Sync>,
    },
    #[error("{server}: {call}: {}", text(status))]
    Status {
        server: Server,
        call: &'static str,
        #[source]
        status: Box<Status>,
    },
    #[error("{server}: {call}: no answer within {after:?}")]
    TooLate { server: Server, call: &'static str, after: Duration },
    #[error("{server}: {call}: the stream has ended")]
    Ended { server: Server, call: &'static str },
    #[error("{server}: the watch was canceled: {}", printable(why, SHOWN))]
    Canceled { server: Server, why: String },
    #[error("{server}: {why}")]
    Answer { server: Server, why: &'static str },
    #[error("the lease is lost")]
    LeaseLost,
    #[error("no server answered: {}", list(.0))]
    NoServer(Vec<EtcdError>),
}

/// How much of a server's own text is shown, in characters.
const SHOWN: usize = 256;

impl EtcdError {
    /// Whether the server is the matter, so that another one may do better.
    pub(crate) fn is_of_server(&self) -> bool {
        match self {
            Self::Wire(WireError::Connect { .. } | WireError::TooLate { .. })
            | Self::Connection { .. }
            | Self::TooLate { .. }
            | Self::Ended { .. } => true,
            // A connection that breaks has no code of its own, so it is `Unknown`.
            Self::Status { status, .. } => matches!(
                status.code(),
                Code::Unavailable | Code::DeadlineExceeded | Code::Unknown | Code::Cancelled | Code::Internal
            ),
            _ => false,
        }
    }

    /// Whether the same may go well on a new connection: this one is broken, or its token is out of date.
    pub(crate) fn is_of_connection(&self) -> bool {
        let is_old = |status: &Status| {
            // The second is etcd's word for a token of before a change of users or roles; it has no code of its own.
            status.code() == Code::Unauthenticated
                || status.message().contains("revision of auth store is old")
        };
        self.is_of_server() || self.status().is_some_and(is_old)
    }

    /// Whether the revision that was asked for has been compacted away.
    pub(crate) fn is_compacted(&self) -> bool {
        self.is_out_of_range("compacted")
    }

    /// Whether the answer is longer than what is taken.
    pub(crate) fn is_too_long(&self) -> bool {
        self.is_out_of_range("message length too large")
    }

    /// Only the text tells one such error from another.
    fn is_out_of_range(&self, text: &str) -> bool {
        self.status().is_some_and(|s| s.code() == Code::OutOfRange && s.message().contains(text))
    }

    /// Whether what was asked for (a lease) is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        self.status().is_some_and(|status| status.code() == Code::NotFound)
    }

    /// Whether etcd has no authentication to do.
    pub(crate) fn is_failed_precondition(&self) -> bool {
        self.status().is_some_and(|status| status.code() == Code::FailedPrecondition)
    }

    fn status(&self) -> Option<&Status> {
        match self {
            Self::Status { status, .. } => Some(status),
            _ => None,
        }
    }
}

/// What the server said, or why it could not be heard: then the cause at the bottom is the one that tells.
fn text(status: &Status) -> String {
    let causes = std::iter::successors(status.source(), |cause: &&(dyn Error + 'static)| (*cause).source());
    let text = match (causes.last(), status.message()) {
        (Some(cause), _) => cause.to_string(),
        (None, "") => status.code().description().to_owned(),
        (None, message) => message.to_owned(),
    };
    printable(&text, SHOWN)
}

fn list(errors: &[EtcdError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
