use super::{Config, Environment};
use crate::KubernetesError;
use std::path::PathBuf;

/// What a source was made with.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    Given(Config),
    Environment(Environment),
}

/// What a target says of its API server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing.
    Usual,
    Server(String),
    /// A kubeconfig: this file, or the usual one.
    Kubeconfig {
        file: Option<PathBuf>,
        context: Option<String>,
    },
}

impl Origin {
    /// What a target says counts before what the source was made with. Files are read.
    pub(crate) async fn resolve(&self, access: &Access) -> Result<Config, KubernetesError> {
        match (access, self) {
            (Access::Server(url), _) => Config::plain(url),
            (Access::Kubeconfig { file: Some(file), context }, _) => {
                Config::from_kubeconfig(file, context.as_deref()).await
            }
            (Access::Kubeconfig { file: None, context }, Self::Environment(environment)) => {
                Config::from_usual_kubeconfig(environment, context.as_deref()).await
            }
            (Access::Kubeconfig { file: None, context }, Self::Given(_)) => {
                Config::from_usual_kubeconfig(&Environment::of_process(), context.as_deref()).await
            }
            (Access::Usual, Self::Given(config)) => Ok(config.clone()),
            (Access::Usual, Self::Environment(environment)) => Config::from_environment(environment).await,
        }
    }
}
