use evenkeel_core::Snapshot;
use evenkeel_discover::{Discover, DiscoverError, Target};
use futures_core::Stream;
use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep_until};

/// A source that follows a script: sets, errors and ends of the stream, each a time after the one before.
///
/// A watch goes on where the one before it stopped; after the last step it stays open and silent. A clone is the same source.
/// [`Manual`](evenkeel_discover::Manual) is for pushing by hand.
///
/// ```
/// use evenkeel_core::Snapshot;
/// use evenkeel_testkit::Script;
/// use std::time::Duration;
/// let second = Duration::from_secs(1);
/// let script = Script::new().fails(second, "no answer").yields(second, Snapshot::new([])).ends(second);
/// assert!(script.watches().is_empty());
/// ```
#[derive(Debug, Clone)]
pub struct Script(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    born: Instant,
    steps: VecDeque<(Duration, Step)>,
    watches: Vec<Duration>,
    refreshes: Vec<Duration>,
    open: usize,
}

#[derive(Debug)]
enum Step {
    Answer(Result<Snapshot, DiscoverError>),
    End,
}

impl Default for Script {
    fn default() -> Self {
        let (steps, watches, refreshes) = (VecDeque::new(), Vec::new(), Vec::new());
        Self(Arc::new(Mutex::new(Inner { born: Instant::now(), steps, watches, refreshes, open: 0 })))
    }
}

impl Script {
    /// A script without steps: its watches stay silent.
    pub fn new() -> Self {
        Self::default()
    }

    /// Then, after a time, a set.
    #[must_use]
    pub fn yields(self, after: Duration, set: impl Into<Snapshot>) -> Self {
        self.then(after, Step::Answer(Ok(set.into())))
    }

    /// Then, after a time, an error.
    #[must_use]
    pub fn fails(self, after: Duration, text: &str) -> Self {
        self.then(after, Step::Answer(Err(DiscoverError::source_failed(text))))
    }

    /// Then, after a time, the stream ends; a new watch goes on with the next step.
    #[must_use]
    pub fn ends(self, after: Duration) -> Self {
        self.then(after, Step::End)
    }

    fn then(self, after: Duration, step: Step) -> Self {
        self.lock().steps.push_back((after, step));
        self
    }

    /// When each watch was first polled, from the birth of the script.
    pub fn watches(&self) -> Vec<Duration> {
        self.lock().watches.clone()
    }

    /// When a fresher answer was asked for, from the birth of the script.
    pub fn refreshes(&self) -> Vec<Duration> {
        self.lock().refreshes.clone()
    }

    /// How many watches are open.
    pub fn open(&self) -> usize {
        self.lock().open
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Discover for Script {
    fn watch(&self, _: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        Watch { script: self.clone(), begun: false, due: None }
    }

    fn refresh(&self, _: &Target) {
        let mut inner = self.lock();
        let now = inner.born.elapsed();
        inner.refreshes.push(now);
    }
}

struct Watch {
    script: Script,
    begun: bool,
    /// When the next step is due.
    due: Option<Pin<Box<Sleep>>>,
}

impl Stream for Watch {
    type Item = Result<Snapshot, DiscoverError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let me = &mut *self;
        if !std::mem::replace(&mut me.begun, true) {
            let mut inner = me.script.lock();
            let now = inner.born.elapsed();
            inner.watches.push(now);
            inner.open += 1;
        }
        if me.due.is_none() {
            let Some(after) = me.script.lock().steps.front().map(|(after, _)| *after) else {
                return Poll::Pending;
            };
            me.due = Some(Box::pin(sleep_until(Instant::now() + after)));
        }
        if let Some(due) = &mut me.due {
            ready!(due.as_mut().poll(cx));
        }
        me.due = None;
        match me.script.lock().steps.pop_front() {
            Some((_, Step::Answer(answer))) => Poll::Ready(Some(answer)),
            Some((_, Step::End)) | None => Poll::Ready(None),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.script.lock().open -= usize::from(self.begun);
    }
}
