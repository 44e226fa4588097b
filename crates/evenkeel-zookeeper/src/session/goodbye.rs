use std::{mem::take, time::Duration};
use tokio::{runtime::Handle, task::JoinSet, time::timeout};
use zookeeper_client::{SessionState, StateWatcher};

/// The task behind a session. It closes the session once there is no client any more, if it is connected; if not, it would go on trying
/// to connect for as long as the session may live.
pub(super) struct Goodbye {
    pub(super) task: JoinSet<()>,
    pub(super) states: StateWatcher,
    pub(super) runtime: Handle,
}

/// How long it may take to say goodbye in the background. After that the server ends the session by its time-out.
const LIMIT: Duration = Duration::from_secs(1);

impl Goodbye {
    /// Waits until the task has ended, and yields how.
    pub(super) async fn said(mut self) -> SessionState {
        while self.task.join_next().await.is_some() {}
        self.states.peek_state()
    }
}

impl Drop for Goodbye {
    fn drop(&mut self) {
        let mut task = take(&mut self.task);
        if !task.is_empty() && self.states.peek_state() == SessionState::SyncConnected {
            self.runtime.spawn(async move { timeout(LIMIT, task.join_next()).await.is_ok() });
        }
    }
}
