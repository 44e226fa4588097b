use evenkeel_wire::WireError;
use std::{io, path::PathBuf, time::Duration};

/// Why the endpoints of a service are not known. No text of it holds a token, a password or a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KubernetesError {
    /// How to reach the API server cannot be understood, or needs what this source does not do.
    #[error("{from}: {why}")]
    Config {
        /// Where it is said: a file, or the URL without credentials.
        from: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing says how to reach the API server.
    #[error(
        "no way to the API server: not in a pod (KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT and the service account's token), \
         no kubeconfig at $KUBECONFIG or ~/.kube/config, no option server or kubeconfig"
    )]
    NoConfig,
    /// A file of credentials cannot be read.
    #[error("{path:?}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        #[source]
        error: io::Error,
    },
    /// The API server cannot be reached, or the connection broke.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The API server is too slow.
    #[error("{what}: not within {after:?}")]
    TooLate {
        /// What was waited for.
        what: &'static str,
        /// The bound.
        after: Duration,
    },
    /// The API server refuses.
    #[error("the API server answers {status}: {message}{}", advice(*.status))]
    Refused {
        /// The status of HTTP.
        status: u16,
        /// What it says.
        message: String,
    },
    /// An answer that no API server gives.
    #[error("{what}: {why}")]
    Malformed {
        /// Which answer.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The service has endpoints, but none at the port that the target names.
    #[error("{0}")]
    NoPort(String),
}

impl KubernetesError {
    pub(crate) fn config(from: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Config { from: from.into(), why: why.into() }
    }

    /// Whether what was asked for is compacted away.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Self::Refused { status: 410, .. })
    }
}

fn advice(status: u16) -> &'static str {
    match status {
        401 => "; the credentials are missing, wrong or expired",
        403 => "; the role must allow list and watch of endpointslices in the group discovery.k8s.io",
        404 => "; the source needs the API discovery.k8s.io/v1 (Kubernetes 1.21)",
        _ => "",
    }
}
