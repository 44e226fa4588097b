use super::{Config, Environment, files};
use crate::KubernetesError;
use evenkeel_wire::Tls;

/// What the service account of a pod says; nothing outside of a pod, or where the account is not mounted.
pub(super) async fn find(environment: &Environment) -> Result<Option<Config>, KubernetesError> {
    let (Some(host), Some(port)) = (&environment.service_host, &environment.service_port) else {
        return Ok(None);
    };
    let token = environment.service_account.join("token");
    if !tokio::fs::try_exists(&token).await.unwrap_or(true) {
        return Ok(None);
    }
    let ca = files::read(&environment.service_account.join("ca.crt")).await?;
    let namespace =
        files::read_text(&environment.service_account.join("namespace")).await.unwrap_or_default();
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    let config = Config::secure(&format!("https://{host}:{port}"), Tls::from_pem(&ca, None)?)?;
    let config = config.with_token_file(token);
    Ok(Some(if namespace.is_empty() { config } else { config.with_namespace(namespace) }))
}
