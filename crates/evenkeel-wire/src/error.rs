use evenkeel_discover::Server;
use std::{io, path::PathBuf, time::Duration};

/// Why a server could not be reached, or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The connection failed, in TCP or in TLS.
    #[error("{server}: {error}")]
    Connect {
        /// The server.
        server: Server,
        /// What went wrong.
        #[source]
        error: io::Error,
    },
    /// It took too long.
    #[error("{server}: not connected within {after:?}")]
    TooLate {
        /// The server.
        server: Server,
        /// The bound.
        after: Duration,
    },
    /// A file of certificates or keys cannot be used.
    #[error("{path:?}: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// TLS is asked for and cannot be had.
    #[error("TLS: {0}")]
    Tls(String),
    /// HTTP failed.
    #[cfg(feature = "http1")]
    #[error("{server}: {error}")]
    Http {
        /// The server.
        server: Server,
        /// What went wrong.
        #[source]
        error: hyper::Error,
    },
}
