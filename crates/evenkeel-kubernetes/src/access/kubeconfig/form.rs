use serde::Deserialize;
use std::path::PathBuf;

/// A kubeconfig, as far as it matters here. It may hold secrets and therefore has no `Debug`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Kubeconfig {
    pub(super) current_context: Option<String>,
    clusters: Option<Vec<Named<Cluster>>>,
    users: Option<Vec<Named<User>>>,
    contexts: Option<Vec<Named<Context>>>,
}

/// An entry of one of the lists, each of which has its own word for what is named.
#[derive(Deserialize)]
struct Named<T> {
    name: String,
    #[serde(alias = "cluster", alias = "user", alias = "context")]
    value: Option<T>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct Cluster {
    pub(super) server: Option<String>,
    pub(super) certificate_authority: Option<PathBuf>,
    pub(super) certificate_authority_data: Option<String>,
    pub(super) insecure_skip_tls_verify: Option<bool>,
    pub(super) tls_server_name: Option<String>,
    pub(super) proxy_url: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct User {
    pub(super) token: Option<String>,
    #[serde(rename = "tokenFile")]
    pub(super) token_file: Option<PathBuf>,
    pub(super) client_certificate: Option<PathBuf>,
    pub(super) client_certificate_data: Option<String>,
    pub(super) client_key: Option<PathBuf>,
    pub(super) client_key_data: Option<String>,
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
    pub(super) exec: Option<serde::de::IgnoredAny>,
    pub(super) auth_provider: Option<serde::de::IgnoredAny>,
    #[serde(rename = "as")]
    pub(super) impersonate: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Context {
    pub(super) cluster: String,
    pub(super) user: Option<String>,
    pub(super) namespace: Option<String>,
}

impl Kubeconfig {
    pub(super) fn cluster(&self, name: &str) -> Option<&Cluster> {
        find(self.clusters.as_ref(), name)
    }

    pub(super) fn user(&self, name: &str) -> Option<&User> {
        find(self.users.as_ref(), name)
    }

    pub(super) fn context(&self, name: &str) -> Option<&Context> {
        find(self.contexts.as_ref(), name)
    }
}

fn find<'a, T>(all: Option<&'a Vec<Named<T>>>, name: &str) -> Option<&'a T> {
    all?.iter().find(|named| named.name == name)?.value.as_ref()
}
