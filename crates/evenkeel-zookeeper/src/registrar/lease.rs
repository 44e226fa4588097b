use super::node::{self, Node};
use crate::{session::Session, settings::Settings};
use evenkeel_core::Instance;
use evenkeel_discover::{Lease, RegisterError, write_record};

/// One instance, in one session.
pub(super) struct ZookeeperLease {
    settings: Settings,
    session: Option<Session>,
    /// The path that was written to last.
    path: Option<String>,
}

impl ZookeeperLease {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, session: None, path: None }
    }

    /// The session, a new one if there is none that lives.
    async fn session(&mut self) -> Result<&Session, RegisterError> {
        let session = match self.session.take().filter(Session::is_alive) {
            Some(session) => session,
            None => Session::open(&self.settings).await.map_err(RegisterError::registry)?,
        };
        Ok(self.session.insert(session))
    }
}

impl Lease for ZookeeperLease {
    async fn put(&mut self, instance: &Instance) -> Result<(), RegisterError> {
        let name = node::name(instance)?;
        let path = format!("{}/{name}", self.settings.path);
        let acls = node::acls(self.settings.digest.is_some());
        let before = self.path.replace(path.clone()).filter(|before| *before != path);
        let session = self.session().await?;
        if let Some(before) = before {
            Node { session, path: &before }.remove().await.map_err(RegisterError::registry)?;
        }
        let node = Node { session, path: &path };
        node.write(write_record(instance).as_bytes(), acls).await.map_err(RegisterError::registry)
    }

    async fn keep(&mut self) -> RegisterError {
        let (Some(session), Some(path)) = (&mut self.session, &self.path) else {
            return RegisterError::registry("it was never registered");
        };
        let mut states = session.states.clone();
        let ended = async {
            while !states.peek_state().is_terminated() {
                states.changed().await;
            }
            states.peek_state()
        };
        let node = Node { session, path };
        tokio::select! {
            state = ended => RegisterError::registry(format!("the session with ZooKeeper has ended: {state}")),
            gone = node.gone() => RegisterError::registry(gone),
        }
    }

    async fn remove(&mut self) -> Result<(), RegisterError> {
        match self.session.take() {
            Some(session) => session.close().await.map_err(RegisterError::registry),
            None => Ok(()),
        }
    }
}
