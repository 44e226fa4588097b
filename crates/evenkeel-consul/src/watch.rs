use crate::{
    ConsulError,
    authority::believe,
    client::{Answer, Client},
    entries::read_entries,
    position::Position,
    query::{Query, WAIT_S},
};
use bytes::Bytes;
use evenkeel_core::Snapshot;
use http::Method;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep_until};

/// How long an answer may take that Consul need not wait for.
const AT_ONCE: Duration = Duration::from_secs(10);
/// The same for one that it may: Consul adds up to a sixteenth to what it is told to wait.
const AFTER_WAIT: Duration = Duration::from_secs(WAIT_S + WAIT_S / 16 + 1 + AT_ONCE.as_secs());

/// One watch of a service.
#[derive(Debug)]
pub(crate) struct Watch {
    client: Client,
    query: Query,
    position: Position,
    /// Not to ask again before.
    next: Option<Instant>,
    /// Which server the next watch begins with.
    turn: Arc<AtomicUsize>,
}

impl Watch {
    pub(crate) fn new(client: Client, query: Query, turn: Arc<AtomicUsize>) -> Self {
        Self { client, query, position: Position::default(), next: None, turn }
    }

    /// The next answer: at once at first, then whenever the service changes, or Consul has waited long enough.
    pub(crate) async fn next(&mut self) -> Result<Snapshot, ConsulError> {
        let answer = self.read().await;
        if answer.is_err() {
            self.turn.store(self.client.turn().wrapping_add(1), Relaxed);
        }
        answer
    }

    async fn read(&mut self) -> Result<Snapshot, ConsulError> {
        if let Some(next) = self.next {
            sleep_until(next).await;
        }
        let asked = Instant::now();
        let answer = self.ask().await?;
        let (set, is_empty) = read_entries(&answer.body, &self.query)
            .map_err(|error| ConsulError::Json { server: answer.server.clone(), error })?;
        if is_empty {
            believe(&mut self.client, &self.query, &answer, AT_ONCE).await?;
        }
        self.next = Some(asked + self.position.answered(answer.index));
        Ok(set)
    }

    /// Asks after the position. A connection that has been closed, as proxies do with old ones, is no failure; but whoever answers on
    /// a new one may have started over, and would not answer a question after an index that is past its own.
    async fn ask(&mut self) -> Result<Answer, ConsulError> {
        if self.client.is_kept() {
            match self.ask_after(self.position.index()).await {
                Err(ConsulError::Wire(_)) => {}
                other => return other,
            }
        }
        self.ask_after(None).await
    }

    async fn ask_after(&mut self, index: Option<u64>) -> Result<Answer, ConsulError> {
        let access = self.client.access();
        let path = self.query.entries(&access.service, access.namespace.as_deref(), index);
        let limit = if index.is_some() { AFTER_WAIT } else { AT_ONCE };
        self.client.ask_once(&Method::GET, &path, &Bytes::new(), limit).await
    }
}
