use crate::BadConfig;
use std::{error::Error, fmt};

/// Why a service config is unusable: all that is wrong in it.
#[derive(Debug, Clone, PartialEq)]
pub struct InvalidServiceConfig {
    /// Never empty.
    errors: Vec<BadConfig>,
}

impl InvalidServiceConfig {
    /// None where nothing is wrong.
    pub(super) fn new(errors: Vec<BadConfig>) -> Option<Self> {
        (!errors.is_empty()).then_some(Self { errors })
    }

    /// All that is wrong, at least one thing.
    pub fn errors(&self) -> &[BadConfig] {
        &self.errors
    }
}

impl From<BadConfig> for InvalidServiceConfig {
    fn from(error: BadConfig) -> Self {
        Self { errors: vec![error] }
    }
}

impl fmt::Display for InvalidServiceConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, more)) = self.errors.split_first() else { return Ok(()) };
        write!(f, "{first}")?;
        if more.is_empty() { Ok(()) } else { write!(f, " (and {} more)", more.len()) }
    }
}

impl Error for InvalidServiceConfig {}
