use std::{ffi::OsString, path::PathBuf};

/// What the surroundings of a program say of its API server.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `KUBERNETES_SERVICE_HOST`: the API server as the pod sees it.
    pub service_host: Option<String>,
    /// `KUBERNETES_SERVICE_PORT`.
    pub service_port: Option<String>,
    /// The folder of the pod's service account, with the files `token`, `ca.crt` and `namespace`.
    pub service_account: PathBuf,
    /// `KUBECONFIG`: a list of files, as `PATH` is one of folders.
    pub kubeconfig: Option<OsString>,
    /// `HOME`, for `.kube/config` in it.
    pub home: Option<PathBuf>,
}

/// Where Kubernetes mounts the service account of a pod.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

impl Environment {
    /// That of this process, now.
    pub fn of_process() -> Self {
        let text = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let path = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        Self {
            service_host: text("KUBERNETES_SERVICE_HOST"),
            service_port: text("KUBERNETES_SERVICE_PORT"),
            service_account: SERVICE_ACCOUNT.into(),
            kubeconfig: path("KUBECONFIG"),
            home: path("HOME").map(Into::into),
        }
    }

    /// The files that may be the kubeconfig, in order.
    pub(super) fn kubeconfigs(&self) -> Vec<PathBuf> {
        match (&self.kubeconfig, &self.home) {
            (Some(list), _) => {
                std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect()
            }
            (None, Some(home)) => vec![home.join(".kube/config")],
            (None, None) => Vec::new(),
        }
    }
}
