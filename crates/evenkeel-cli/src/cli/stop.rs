use super::CliError;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that end a command: Ctrl-C, SIGTERM, and the end of the terminal. Caught from its creation on.
#[derive(Debug)]
pub(crate) struct Stop {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Stop {
    /// Catches them.
    pub(crate) fn new() -> Result<Self, CliError> {
        let catch = |kind| signal(kind).map_err(CliError::Signals);
        Ok(Self {
            interrupt: catch(SignalKind::interrupt())?,
            terminate: catch(SignalKind::terminate())?,
            hangup: catch(SignalKind::hangup())?,
        })
    }

    /// Waits for one.
    pub(crate) async fn wait(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
