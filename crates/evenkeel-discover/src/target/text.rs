use super::{BadTarget, Target, redact::redact};
use std::fmt;

/// A target as somebody wrote it, not read yet. Shown without its credentials, by `Display` and by `Debug`.
#[derive(Clone)]
pub struct TargetText(String);

impl TargetText {
    /// Takes any text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Reads it.
    ///
    /// # Errors
    /// Those of [`Target::parse`].
    pub fn parse(&self) -> Result<Target, BadTarget> {
        Target::parse(&self.0)
    }
}

impl fmt::Display for TargetText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redact(&self.0))
    }
}

impl fmt::Debug for TargetText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}
