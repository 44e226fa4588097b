use evenkeel_core::printable;
use evenkeel_discover::Server;
use evenkeel_wire::WireError;
use http::StatusCode;
use std::time::Duration;

/// Why Consul has no answer. Its text never holds a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConsulError {
    /// It cannot be reached, or the connection broke.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// It did not answer in time.
    #[error("{server}: no answer within {after:?}")]
    TooLate {
        /// Who was asked.
        server: Server,
        /// The bound.
        after: Duration,
    },
    /// It refused, or failed: 403 for a token that is wrong or may not, 429 for too many requests, 500 without a leader.
    #[error("{server}: {status}: {text}")]
    Status {
        /// Who was asked.
        server: Server,
        /// What it answered.
        status: StatusCode,
        /// Its own words.
        text: String,
    },
    /// It showed no instance because the token may not see them. Consul says so by an empty answer, which is not taken for one.
    #[error("{server}: the token may not read the service {service:?} and its nodes; see ?token=")]
    Denied {
        /// Who was asked.
        server: Server,
        /// The service.
        service: String,
    },
    /// The answer broke off, or is longer than [`MAX_ANSWER`](Self::MAX_ANSWER).
    #[error("{server}: the answer cannot be read: {why}")]
    Body {
        /// Who was asked.
        server: Server,
        /// What went wrong.
        why: String,
    },
    /// The answer is not what Consul's API has here.
    #[error("{server}: not an answer of Consul: {error}")]
    Json {
        /// Who was asked.
        server: Server,
        /// What went wrong.
        #[source]
        error: serde_json::Error,
    },
    /// The request cannot be written.
    #[error("the request cannot be written: {0}")]
    Request(#[from] http::Error),
}

/// How much of Consul's own words is shown, in characters.
const SHOWN: usize = 256;

impl ConsulError {
    /// The longest answer that is read, in bytes: some 60,000 instances. Longer ones are errors, not memory.
    pub const MAX_ANSWER: usize = 64 << 20;

    /// An answer other than success.
    pub(crate) fn status(server: Server, status: StatusCode, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body.get(..4 * SHOWN).unwrap_or(body));
        Self::Status { server, status, text: printable(text.trim(), SHOWN) }
    }
}
