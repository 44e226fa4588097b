use crate::BadTarget;
use evenkeel_core::SharedError;
use std::{error::Error, sync::Arc, time::Duration};

/// Why an instance is not registered, or not deregistered.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The target cannot be understood, or is of a source that has no registrar.
    #[error(transparent)]
    Target(#[from] BadTarget),
    /// The instance cannot be written in the registry's format.
    #[error("the instance cannot be registered: {0}")]
    Instance(String),
    /// The registry could not be asked, or refused.
    #[error("{0}")]
    Registry(#[source] SharedError),
    /// The registry did not answer in time.
    #[error("the registry did not answer within {0:?}")]
    TooLate(Duration),
    /// The task that kept the registration is gone, with its runtime.
    #[error("the registration has ended")]
    Ended,
}

impl RegisterError {
    /// The registry's own error.
    pub fn registry(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Registry(Arc::from(error.into()))
    }
}
