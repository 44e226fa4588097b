use evenkeel_core::SharedError;
use std::{net::SocketAddr, time::Duration};

/// Why DNS gave no usable answer. None of these says anything about the instances that there are.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LookupError {
    /// The system's configuration has no server to ask.
    #[error("no DNS server is configured ({0}); name one with ?server=IP:PORT")]
    NoServer(#[source] SharedError),
    /// Nothing came in time.
    #[error("{question}: no answer from DNS within {limit:?}")]
    Late {
        /// The record type and the name.
        question: String,
        /// How long was waited.
        limit: Duration,
    },
    /// The server answered with an error code such as SERVFAIL or REFUSED.
    #[error("{question}: {server} says: {code}")]
    Code {
        /// The record type and the name.
        question: String,
        /// Who said so.
        server: SocketAddr,
        /// The response code, in words.
        code: String,
    },
    /// The answer holds neither what was asked for nor a statement that there is none: it refers elsewhere, or is beside the point.
    #[error("{question}: the server neither answers nor says that there is nothing")]
    Unanswered {
        /// The record type and the name.
        question: String,
    },
    /// The name is an alias of an alias, and so on.
    #[error("{question}: more than {limit} aliases (CNAME) one behind another")]
    Aliases {
        /// The record type and the name.
        question: String,
        /// How many are followed.
        limit: usize,
    },
    /// The server could not be asked, or its answer could not be read.
    #[error("{question}: {server}: {source}")]
    Transport {
        /// The record type and the name.
        question: String,
        /// Who was asked.
        server: SocketAddr,
        /// What went wrong.
        source: SharedError,
    },
}
