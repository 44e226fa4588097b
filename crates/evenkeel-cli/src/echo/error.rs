//! What keeps `keel echo` from serving.

use std::io;
use std::path::PathBuf;

use evenkeel::RegisterError;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem;

use super::address::Address;

/// Why the echo server could not serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum EchoError {
    /// The address cannot be listened on.
    #[error("--listen {address}: {source}")]
    Listen {
        /// The address as given.
        address: Address,
        /// What the system says.
        source: io::Error,
    },
    /// A file of certificates or keys cannot be used.
    #[error("{flag} {}: {source}", file.display())]
    Pem {
        /// The flag that names the file.
        flag: &'static str,
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The certificate and the key do not go together.
    #[error("--tls-cert {} with --tls-key {}: {source}", cert.display(), key.display())]
    Identity {
        /// The file of the certificate.
        cert: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// What is wrong with them.
        source: rustls::Error,
    },
    /// A flag says something of a registration that is not asked for.
    #[error("{0} needs --register")]
    NeedsRegister(&'static str),
    /// Nobody else can reach the address that would be registered.
    #[error("--register: nobody can connect to {0}; name the address of this server with --advertise")]
    Advertise(String),
    /// The registry did not take the server.
    #[error("--register: {0}")]
    Register(#[source] RegisterError),
    /// Standard output cannot be written to.
    #[error("standard output: {0}")]
    Output(#[source] io::Error),
    /// Signals cannot be caught.
    #[error("cannot catch signals: {0}")]
    Signals(#[source] io::Error),
}

impl EchoError {
    /// Whether the arguments are to blame, and other ones could help.
    pub(crate) fn is_usage(&self) -> bool {
        match self {
            Self::Register(error) => matches!(error, RegisterError::Target(_) | RegisterError::Instance(_)),
            Self::Output(_) | Self::Signals(_) => false,
            _ => true,
        }
    }
}
