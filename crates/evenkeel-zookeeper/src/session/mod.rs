//! A session with a server: one client, and the one task behind it.

mod goodbye;
mod tasks;

use crate::settings::Settings;
use goodbye::Goodbye;
use std::{error::Error, time::Duration};
use tokio::{runtime::Handle, time::timeout};
use zookeeper_client::{Client, SessionState, StateWatcher};

/// A session, which lives through the loss of a connection. Dropping it closes it, in the background, within a second.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) states: StateWatcher,
    // After the client, whose end it waits for.
    goodbye: Goodbye,
}

type BoxError = Box<dyn Error + Send + Sync>;

/// How long it may take to get a session from one of the servers.
const CONNECT: Duration = Duration::from_secs(5);
/// A connection that is silent for so long is lost, if that is shorter than the client's own 2/5 of the session.
const SILENCE: Duration = Duration::from_secs(4);

impl Session {
    /// A new session with one of the servers, tried once each in a random order.
    pub(crate) async fn open(settings: &Settings) -> Result<Self, BoxError> {
        let mut connector = Client::connector()
            .with_session_timeout(settings.session)
            .with_connection_timeout(SILENCE.min(settings.session * 2 / 5))
            .with_fail_eagerly();
        if let Some(digest) = &settings.digest {
            connector = connector.with_auth("digest", digest.as_bytes());
        }
        let connect = timeout(CONNECT, tasks::owned(connector.connect(&settings.servers)));
        let none =
            |why: &dyn std::fmt::Display| format!("no session with ZooKeeper at {}: {why}", settings.servers);
        let (client, task) =
            connect.await.map_err(|_| none(&format_args!("no answer within {CONNECT:?}")))?;
        let client = client.map_err(|error| none(&error))?;
        let states = client.state_watcher();
        let goodbye = Goodbye { task, states: states.clone(), runtime: Handle::current() };
        Ok(Self { client, states, goodbye })
    }

    /// Whether it has not ended, connected or not.
    pub(crate) fn is_alive(&self) -> bool {
        !self.states.peek_state().is_terminated()
    }

    /// Whether it has a connection.
    pub(crate) fn is_connected(&self) -> bool {
        self.states.peek_state() == SessionState::SyncConnected
    }

    /// Whether a node with this owner is its own.
    pub(crate) fn owns(&self, owner: i64) -> bool {
        owner == self.client.session_id().0
    }

    /// Closes it, which takes its ephemeral nodes out, and waits for that.
    pub(crate) async fn close(self) -> Result<(), BoxError> {
        let Self { client, goodbye, .. } = self;
        drop(client);
        match goodbye.said().await {
            SessionState::Closed | SessionState::Expired => Ok(()),
            state => Err(format!("the session was not closed: {state}").into()),
        }
    }
}
