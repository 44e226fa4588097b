use std::{error::Error, fmt};

/// A boxed error that is an error itself, which `Box<dyn Error>` is not: for attempts and services whose errors are boxed, such as
/// those of tower's own layers or of `anyhow`.
///
/// ```
/// use evenkeel_balance::{BoxedError, never_sent};
/// use std::{error::Error, io};
///
/// let error: Box<dyn Error + Send + Sync> = Box::new(io::Error::from(io::ErrorKind::ConnectionRefused));
/// assert!(never_sent(&BoxedError::new(error)));
/// ```
pub struct BoxedError(Box<dyn Error + Send + Sync>);

impl BoxedError {
    /// This error, boxed or not.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into())
    }

    /// The error itself.
    pub fn get_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }

    /// The error itself.
    pub fn into_inner(self) -> Box<dyn Error + Send + Sync> {
        self.0
    }
}

impl fmt::Debug for BoxedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for BoxedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for BoxedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
