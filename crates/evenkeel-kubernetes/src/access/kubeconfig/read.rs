use super::form::{Cluster, Kubeconfig, User};
use crate::{
    KubernetesError,
    access::{Config, Credentials, files},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use evenkeel_wire::Tls;
use std::path::{Path, PathBuf};

/// Reads a kubeconfig, and the files that it names.
pub(in crate::access) async fn read(file: &Path, context: Option<&str>) -> Result<Config, KubernetesError> {
    Reader { file }.read(context).await
}

/// Reads one kubeconfig, of which errors tell.
struct Reader<'a> {
    file: &'a Path,
}

impl Reader<'_> {
    async fn read(&self, context: Option<&str>) -> Result<Config, KubernetesError> {
        let all = self.parse(&files::read(self.file).await?)?;
        let name = context.or(all.current_context.as_deref()).filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| self.bad("it has no current-context; name one by option context"))?;
        let context = all.context(name).ok_or_else(|| self.bad(format!("no context {name:?}")))?;
        let cluster = all.cluster(&context.cluster);
        let cluster = cluster.ok_or_else(|| self.bad(format!("no cluster {:?}", context.cluster)))?;
        let anonymous = User::default();
        let user = match context.user.as_deref().filter(|name| !name.is_empty()) {
            None => &anonymous,
            Some(name) => all.user(name).ok_or_else(|| self.bad(format!("no user {name:?}")))?,
        };
        self.refuse(cluster, user)?;
        let mut config = self.reach(cluster, user).await?;
        config.credentials = self.credentials(user);
        Ok(match context.namespace.as_deref().filter(|name| !name.is_empty()) {
            Some(namespace) => config.with_namespace(namespace),
            None => config,
        })
    }

    /// The error of the parser may quote a secret; where it is will do.
    fn parse(&self, bytes: &[u8]) -> Result<Kubeconfig, KubernetesError> {
        serde_norway::from_slice(bytes).map_err(|error| {
            let place = error.location().map(|at| format!(" at line {} column {}", at.line(), at.column()));
            self.bad(format!(
                "not a kubeconfig: not YAML, or a field of a wrong type{}",
                place.unwrap_or_default()
            ))
        })
    }

    /// What would be less safe or someone else if it were passed over in silence.
    fn refuse(&self, cluster: &Cluster, user: &User) -> Result<(), KubernetesError> {
        let unsupported = [
            (cluster.insecure_skip_tls_verify == Some(true), "insecure-skip-tls-verify"),
            (cluster.tls_server_name.is_some(), "tls-server-name"),
            (cluster.proxy_url.is_some(), "proxy-url"),
            (user.exec.is_some(), "an exec plugin"),
            (user.auth_provider.is_some(), "an auth-provider plugin"),
            (user.impersonate.is_some(), "impersonation"),
        ];
        match unsupported.iter().find(|(is_there, _)| *is_there) {
            Some((_, what)) => Err(self.bad(format!("{what} is not supported"))),
            None => Ok(()),
        }
    }

    /// The server, with TLS if its URL asks for it.
    async fn reach(&self, cluster: &Cluster, user: &User) -> Result<Config, KubernetesError> {
        let url = cluster.server.as_deref().ok_or_else(|| self.bad("the cluster has no server"))?;
        if !url.starts_with("https://") {
            return Config::plain(url);
        }
        let ca =
            self.pem(cluster.certificate_authority_data.as_deref(), cluster.certificate_authority.as_ref());
        let ca = ca.await?.ok_or_else(|| self.bad("the cluster has no certificate-authority"))?;
        let certificate =
            self.pem(user.client_certificate_data.as_deref(), user.client_certificate.as_ref()).await?;
        let key = self.pem(user.client_key_data.as_deref(), user.client_key.as_ref()).await?;
        let client = match (&certificate, &key) {
            (Some(certificate), Some(key)) => Some((certificate.as_slice(), key.as_slice())),
            (None, None) => None,
            _ => return Err(self.bad("want client-certificate and client-key, or neither")),
        };
        let tls = Tls::from_pem(&ca, client).map_err(|error| self.bad(error.to_string()))?;
        Config::secure(url, tls)
    }

    /// A text of PEM, in the kubeconfig itself or in a file next to it; the former counts, as in kubectl.
    async fn pem(
        &self,
        data: Option<&str>,
        file: Option<&PathBuf>,
    ) -> Result<Option<Vec<u8>>, KubernetesError> {
        if let Some(data) = data.filter(|data| !data.is_empty()) {
            let decoded = BASE64_STANDARD.decode(data.trim());
            return decoded.map(Some).map_err(|_| self.bad("certificate or key data is not base64"));
        }
        match file.filter(|file| !file.as_os_str().is_empty()) {
            Some(file) => files::read(&self.beside(file)).await.map(Some),
            None => Ok(None),
        }
    }

    /// A file with a token counts before a token, as in kubectl, and both before a password.
    fn credentials(&self, user: &User) -> Credentials {
        match user {
            User { token_file: Some(file), .. } => Credentials::TokenFile(self.beside(file)),
            User { token: Some(token), .. } => Credentials::Token(token.clone()),
            User { username: Some(user), password: Some(password), .. } => {
                Credentials::Password { user: user.clone(), password: password.clone() }
            }
            _ => Credentials::None,
        }
    }

    /// Files are named as seen from the kubeconfig's folder.
    fn beside(&self, file: &Path) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("")).join(file)
    }

    fn bad(&self, why: impl Into<String>) -> KubernetesError {
        KubernetesError::config(self.file.display().to_string(), why)
    }
}
