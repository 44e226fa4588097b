use crate::{call::TlsError, demo::DemoError, echo::EchoError};
use evenkeel::{
    BuildError, DiscoverError,
    core::{BadConfig, InvalidServiceConfig},
    discover::BadTarget,
};
use std::io;

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The echo server's.
    #[error(transparent)]
    Echo(#[from] EchoError),
    /// The target cannot be used.
    #[error(transparent)]
    Target(#[from] BadTarget),
    /// The target has no instances to work on.
    #[error("discovery: {0}")]
    Discover(DiscoverError),
    /// The service config cannot be used.
    #[error("--config: {0}")]
    Config(#[from] InvalidServiceConfig),
    /// There is no such policy, or it has no defaults.
    #[error("--policy: {}", .0.problem)]
    Policy(BadConfig),
    /// A file cannot be read.
    #[error("{flag} {file}: {source}")]
    File {
        /// The flag that names it.
        flag: &'static str,
        /// The file.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// A flag, or a combination of flags, that cannot be used.
    #[error("{flag}: {why}")]
    Flag {
        /// The flag.
        flag: &'static str,
        /// Why not.
        why: String,
    },
    /// A certificate or a key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No channel can be built from this.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The demonstration could not go on.
    #[error("demo: {0}")]
    Demo(#[from] DemoError),
    /// Standard output cannot be written to.
    #[error("standard output: {0}")]
    Output(io::Error),
    /// Signals cannot be caught.
    #[error("cannot catch signals: {0}")]
    Signals(io::Error),
}

impl CliError {
    /// A flag that cannot be used.
    pub(crate) fn flag(flag: &'static str, why: impl Into<String>) -> Self {
        Self::Flag { flag, why: why.into() }
    }

    /// Whether the arguments are to blame: exit code 2.
    pub(crate) fn is_usage(&self) -> bool {
        match self {
            Self::Echo(error) => error.is_usage(),
            Self::Demo(_) | Self::Output(_) | Self::Signals(_) => false,
            _ => true,
        }
    }
}

impl From<DiscoverError> for CliError {
    fn from(error: DiscoverError) -> Self {
        match error {
            DiscoverError::Target(bad) => Self::Target(bad),
            other => Self::Discover(other),
        }
    }
}
