use super::children::Children;
use crate::{session::Session, settings::Settings};
use evenkeel_core::Snapshot;
use evenkeel_discover::DiscoverError;
use futures_core::Stream;
use futures_util::stream;
use zookeeper_client::{Error, SessionState};

/// The watch of one node, by one session.
pub(super) fn watch(
    settings: Settings,
) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
    stream::unfold(Watch::Closed(settings), Watch::next)
}

enum Watch {
    Closed(Settings),
    Open(Box<Open>),
    Ended,
}

struct Open {
    // First, so that the watches need not be taken back one by one at the end.
    session: Session,
    children: Children,
    is_connected: bool,
}

/// Why there is no set now.
enum Trouble {
    /// The connection is lost; the session may get another.
    Lost,
    /// It will not be better in this session.
    End(Box<dyn std::error::Error + Send + Sync>),
}

impl Watch {
    /// The next item of the stream, and what goes on.
    async fn next(self) -> Option<(Result<Snapshot, DiscoverError>, Self)> {
        let mut open = match self {
            Self::Ended => return None,
            Self::Open(open) => open,
            Self::Closed(settings) => match Session::open(&settings).await {
                Ok(session) => {
                    Box::new(Open { children: Children::new(settings.path), session, is_connected: true })
                }
                Err(error) => return Some((Err(DiscoverError::source_failed(error)), Self::Ended)),
            },
        };
        Some(match open.next().await {
            Ok(set) => (Ok(set), Self::Open(open)),
            Err(Trouble::Lost) => {
                let then = if open.children.can_resume() { Self::Open(open) } else { Self::Ended };
                (Err(DiscoverError::source_failed("the connection to ZooKeeper is lost")), then)
            }
            Err(Trouble::End(error)) => (Err(DiscoverError::source_failed(error)), Self::Ended),
        })
    }
}

impl Open {
    async fn next(&mut self) -> Result<Snapshot, Trouble> {
        loop {
            tokio::select! {
                biased;
                state = self.session.states.changed() => self.entered(state)?,
                read = self.children.update(&self.session.client), if self.is_connected => match read {
                    Ok(()) => return self.children.set().map_err(|why| Trouble::End(why.into())),
                    // The new state is told next.
                    Err(Error::ConnectionLoss) if !self.session.is_connected() => self.is_connected = false,
                    Err(error) => {
                        return Err(Trouble::End(format!("ZooKeeper did not tell the children: {error}").into()));
                    }
                },
            }
        }
    }

    /// A session that is connected again has told of all that changed meanwhile by the time that the list has been read.
    fn entered(&mut self, state: SessionState) -> Result<(), Trouble> {
        self.is_connected = state == SessionState::SyncConnected;
        match state {
            SessionState::SyncConnected => self.children.doubt(),
            SessionState::Disconnected => return Err(Trouble::Lost),
            state => {
                return Err(Trouble::End(format!("the session with ZooKeeper has ended: {state}").into()));
            }
        }
        Ok(())
    }
}
