use super::{Credentials, Environment, in_cluster, kubeconfig};
use crate::KubernetesError;
use evenkeel_discover::{Server, Target};
use evenkeel_wire::Tls;
use std::path::{Path, PathBuf};

/// Which API server is asked, and who asks. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) server: Server,
    /// What stands before `/apis` in a path, as proxies such as Rancher's have it; no slash at its end.
    pub(crate) base: String,
    pub(crate) tls: Option<Tls>,
    pub(crate) credentials: Credentials,
    /// The namespace of targets that name none.
    pub(crate) namespace: String,
}

impl Config {
    /// An API server in plain HTTP, `http://HOST[:PORT][/PATH]`, such as `kubectl proxy`; no credentials, namespace `default`.
    ///
    /// # Errors
    /// The URL is malformed, or of another scheme.
    pub fn plain(url: &str) -> Result<Self, KubernetesError> {
        Self::at(url, "http", 80, None)
    }

    /// An API server over TLS, `https://HOST[:PORT][/PATH]`; no credentials but a certificate in `tls`, namespace `default`.
    ///
    /// # Errors
    /// The URL is malformed, or of another scheme.
    pub fn secure(url: &str, tls: Tls) -> Result<Self, KubernetesError> {
        Self::at(url, "https", 443, Some(tls))
    }

    fn at(url: &str, scheme: &str, port: u16, tls: Option<Tls>) -> Result<Self, KubernetesError> {
        let bad = |why: String| KubernetesError::config(Target::redact(url), why);
        // A URL has the form of a target.
        let target: Target = url.parse().map_err(|_| bad("not a URL".to_owned()))?;
        if target.scheme() != scheme || !url.contains("://") {
            return Err(bad(format!("want {scheme}://HOST:PORT")));
        }
        if target.authority().contains(',') {
            return Err(bad("want one server".to_owned()));
        }
        if target.only_options(&[]).is_err() || target.credentials().is_ok_and(|some| some.is_some()) {
            return Err(bad("want neither a query nor a password in it".to_owned()));
        }
        let mut servers = target.servers(port).map_err(|error| bad(error.to_string()))?;
        let server = servers.pop().ok_or_else(|| bad("want a server".to_owned()))?;
        let path = target.path().trim_end_matches('/');
        let base = if path.is_empty() { String::new() } else { format!("/{path}") };
        if base.parse::<http::uri::PathAndQuery>().is_err() && !base.is_empty() {
            return Err(bad("its path has characters that must be percent-encoded".to_owned()));
        }
        Ok(Self { server, base, tls, credentials: Credentials::None, namespace: "default".to_owned() })
    }

    /// The same with this bearer token.
    #[must_use]
    pub fn with_token(self, token: impl Into<String>) -> Self {
        Self { credentials: Credentials::Token(token.into()), ..self }
    }

    /// The same with the bearer token that is in a file, which is read for each request.
    #[must_use]
    pub fn with_token_file(self, path: impl Into<PathBuf>) -> Self {
        Self { credentials: Credentials::TokenFile(path.into()), ..self }
    }

    /// The same with this namespace for targets that name none.
    #[must_use]
    pub fn with_namespace(self, namespace: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), ..self }
    }

    /// What the surroundings say: in a pod its service account, elsewhere the kubeconfig.
    ///
    /// # Errors
    /// They say nothing, or what they say cannot be used.
    pub async fn from_environment(environment: &Environment) -> Result<Self, KubernetesError> {
        match in_cluster::find(environment).await? {
            Some(config) => Ok(config),
            None => Self::from_usual_kubeconfig(environment, None).await,
        }
    }

    /// The first kubeconfig of the surroundings that exists.
    pub(crate) async fn from_usual_kubeconfig(
        environment: &Environment,
        context: Option<&str>,
    ) -> Result<Self, KubernetesError> {
        for file in environment.kubeconfigs() {
            if tokio::fs::try_exists(&file).await.unwrap_or(true) {
                return Self::from_kubeconfig(&file, context).await;
            }
        }
        Err(KubernetesError::NoConfig)
    }

    /// What a kubeconfig says, in this context of it or in the current one.
    ///
    /// # Errors
    /// It cannot be read or understood, or asks for what is not supported; see [`Kubernetes`](crate::Kubernetes).
    pub async fn from_kubeconfig(file: &Path, context: Option<&str>) -> Result<Self, KubernetesError> {
        kubeconfig::read(file, context).await
    }
}
