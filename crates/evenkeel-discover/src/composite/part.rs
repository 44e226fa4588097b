use crate::{DiscoverError, Source, Target, engine::Opened};
use evenkeel_core::{Backoff, Snapshot, mix};
use std::{
    fmt,
    future::Future,
    hash::{BuildHasher, RandomState},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Sleep, sleep};

/// How long a newly opened watch may say nothing before that is an error: twice a connection's 5 s.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// One source among several: opened when first polled, started again with back-off when it ends or panics. It never ends.
pub(super) struct Part {
    source: Source,
    target: Target,
    watch: Option<Opened>,
    /// Running while the open watch has said nothing yet.
    patience: Option<Pin<Box<Sleep>>>,
    /// Running until the watch may be opened again.
    pause: Option<Pin<Box<Sleep>>>,
    /// Ends since the last set.
    ends: u32,
    random: u64,
}

type Answer = Result<Snapshot, DiscoverError>;

#[derive(Debug, thiserror::Error)]
enum PartError {
    #[error("no answer within {0:?}")]
    Silent(Duration),
    #[error("the watch ended without an answer")]
    Ended,
}

impl Part {
    pub(super) fn new(source: Source, target: Target) -> Self {
        // A seed of each one's own: with a common one all clients would come back together.
        let random = RandomState::new().hash_one(0);
        Self { source, target, watch: None, patience: None, pause: None, ends: 0, random }
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// Ends the watch; the next poll opens another.
    pub(super) fn close(&mut self) {
        (self.watch, self.patience, self.pause, self.ends) = (None, None, None, 0);
    }

    /// The next set or error.
    pub(super) fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Answer> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(cx));
                self.pause = None;
            }
            match self.poll_watch(cx) {
                Ok(Poll::Pending) => return self.poll_patience(cx),
                Ok(Poll::Ready(Some(answer))) => return Poll::Ready(self.answered(answer)),
                Ok(Poll::Ready(None)) => {
                    let said_nothing = self.patience.is_some();
                    self.ended();
                    if said_nothing {
                        return Poll::Ready(Err(DiscoverError::source_failed(PartError::Ended)));
                    }
                }
                Err(panicked) => {
                    self.ended();
                    return Poll::Ready(Err(panicked));
                }
            }
        }
    }

    /// Polls the open watch, or opens one; a source that panics when it is opened is an error.
    fn poll_watch(&mut self, cx: &mut Context<'_>) -> Result<Poll<Option<Answer>>, DiscoverError> {
        let watch = if let Some(watch) = &mut self.watch {
            watch
        } else {
            self.patience = Some(Box::pin(sleep(PATIENCE)));
            self.watch.insert(Opened::open(&self.source, &self.target)?)
        };
        Ok(watch.poll(cx))
    }

    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<Answer> {
        let Some(patience) = &mut self.patience else { return Poll::Pending };
        ready!(patience.as_mut().poll(cx));
        self.patience = None;
        Poll::Ready(Err(DiscoverError::source_failed(PartError::Silent(PATIENCE))))
    }

    fn answered(&mut self, answer: Answer) -> Answer {
        self.patience = None;
        let answer = answer.and_then(DiscoverError::if_unusable);
        if answer.is_ok() {
            self.ends = 0;
        }
        answer
    }

    fn ended(&mut self) {
        (self.watch, self.patience) = (None, None);
        self.random = mix(self.random);
        self.pause = Some(Box::pin(sleep(Backoff::default().wait(self.ends, self.random))));
        self.ends = self.ends.saturating_add(1);
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").field("target", &self.target).field("ends", &self.ends).finish_non_exhaustive()
    }
}
