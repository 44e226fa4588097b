use crate::{KubernetesError, access::Origin, ask::Ask, live::Live, slices};
use evenkeel_core::Snapshot;
use futures_core::Stream;
use futures_util::stream;
use std::time::Duration;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// A connection, and reading the files that say where to.
    pub(crate) connect: Duration,
    /// An answer, without the lines of a watch.
    pub(crate) answer: Duration,
    /// How long a watch may be silent before it is taken for dead and begun anew where it was. Bookmarks come about once a minute.
    pub(crate) silence: Duration,
    /// The shortest time from the beginning of one watch to that of the next.
    pub(crate) pace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(30),
            silence: Duration::from_secs(90),
            pace: Duration::from_secs(1),
        }
    }
}

/// The watch of one target.
#[derive(Debug)]
pub(crate) struct Session {
    origin: Origin,
    ask: Ask,
    limits: Limits,
    live: Option<Live>,
}

impl Session {
    pub(crate) fn new(origin: Origin, ask: Ask, limits: Limits) -> Self {
        Self { origin, ask, limits, live: None }
    }

    /// Its sets. An error ends it, except for that of a port that is not there: the watch goes on, and sees when it comes.
    pub(crate) fn into_stream(
        self,
    ) -> impl Stream<Item = Result<Snapshot, KubernetesError>> + Send + 'static {
        stream::unfold(Some(self), |session| async {
            let mut session = session?;
            match session.advance().await {
                Ok(()) => Some((session.set(), Some(session))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    /// Lists the slices, or waits for a change of them.
    async fn advance(&mut self) -> Result<(), KubernetesError> {
        if let Some(live) = &mut self.live {
            return live.changed().await;
        }
        self.live = Some(Live::open(&self.origin, &self.ask, self.limits).await?);
        Ok(())
    }

    fn set(&self) -> Result<Snapshot, KubernetesError> {
        let Some(live) = &self.live else { return Ok(Snapshot::new([])) };
        let no_port = |why| KubernetesError::NoPort(format!("service {:?}: {why}", self.ask.service));
        slices::set(live.slices(), &self.ask.port).map_err(no_port)
    }
}

#[cfg(test)]
mod tests;
