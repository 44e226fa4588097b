use crate::BadTarget;
use evenkeel_core::SharedError;
use std::{error::Error, sync::Arc};

/// Why discovery has no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoverError {
    /// The target cannot be understood.
    #[error(transparent)]
    Target(#[from] BadTarget),
    /// The source could not be asked, or gave no usable answer.
    #[error("{0}")]
    Source(#[source] SharedError),
}

impl DiscoverError {
    /// A source's own error.
    pub fn source_failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Source(Arc::from(error.into()))
    }
}
