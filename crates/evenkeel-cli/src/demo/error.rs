use evenkeel::core::Code;
use std::{io, time::Duration};

/// Why the demonstration could not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// A server could not be started.
    #[error("an echo server could not be started: {0}")]
    Start(#[source] io::Error),
    /// A server does not say where it listens.
    #[error("an echo server did not come up")]
    Silent,
    /// A server could not be stopped.
    #[error("an echo server could not be stopped: {0}")]
    Stop(#[source] io::Error),
    /// A server that was told to stop goes on.
    #[error("an echo server did not stop within {0:?}")]
    Deaf(Duration),
    /// A server that was started again gets no calls.
    #[error("no call reached the server within {0:?} after it was started again")]
    NotBack(Duration),
    /// A call failed before anything was done to the servers.
    #[error("a call failed: {0}: {1}")]
    Call(Code, String),
    /// The second server never answers.
    #[error("of {0} calls none went to the second server")]
    OneOnly(usize),
    /// The request could not be made.
    #[error("the request could not be made")]
    Request,
}
