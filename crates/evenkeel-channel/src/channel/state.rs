use evenkeel_core::Connectivity;
use tokio::sync::watch;

/// A watch of a channel's state. It does not keep the channel alive.
#[derive(Debug, Clone)]
pub struct StateWatch(pub(super) watch::Receiver<Connectivity>);

impl StateWatch {
    /// The state now.
    pub fn current(&self) -> Connectivity {
        *self.0.borrow()
    }

    /// Waits for another state than the one seen last; nothing once the channel is gone. States that come and go while nobody
    /// waits are not told.
    pub async fn changed(&mut self) -> Option<Connectivity> {
        self.0.changed().await.ok()?;
        Some(*self.0.borrow_and_update())
    }

    /// Waits until the channel is in that state; false if it is gone before.
    pub async fn reaches(&mut self, state: Connectivity) -> bool {
        self.0.wait_for(|current| *current == state).await.is_ok()
    }
}
