use super::{Codes, duration, reader::Reader, retry};
use std::time::Duration;

/// How a call is sent several times without waiting for failures (`hedgingPolicy`, gRFC A6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct HedgingPolicy {
    /// All attempts, the first one included, 2..=[`MAX_ATTEMPTS`](super::MAX_ATTEMPTS).
    pub max_attempts: u32,
    /// The wait between two attempts; 0, the default, sends all at once.
    pub delay: Duration,
    /// The codes after which the other attempts go on; any other code ends the call.
    pub non_fatal: Codes,
}

impl HedgingPolicy {
    pub(super) fn read(object: &Reader<'_>) -> Option<Self> {
        let max_attempts = retry::attempts(object);
        let delay = object.read("hedgingDelay", "a duration such as \"0.5s\"", duration);
        let non_fatal = Codes::read(object, "nonFatalStatusCodes");
        Some(Self {
            max_attempts: max_attempts?,
            delay: delay.unwrap_or_default(),
            non_fatal: non_fatal.unwrap_or_default(),
        })
    }
}
