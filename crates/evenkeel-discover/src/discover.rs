use crate::{Addresses, BadTarget, DiscoverError, Follow, Settings, Target, engine::Live};
use evenkeel_core::Snapshot;
use futures_core::Stream;
use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
};

/// Finds the instances of a target.
pub trait Discover: Send + Sync + 'static {
    /// Watches a target. Each item is the whole current set; an error leaves the last set in force.
    ///
    /// Nothing is looked up before the stream is polled, and dropping it ends the watch. A stream that ends is started again,
    /// with back-off.
    fn watch(&self, target: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static;

    /// The answer, where it is known without asking anybody: then users have it from the start, even outside a runtime.
    fn known(&self, _target: &Target) -> Option<Result<Snapshot, DiscoverError>> {
        None
    }

    /// Whether the source understands the target: its path, servers and options. [`Source::follow`] asks, so that a
    /// mistake is told where the target is given and not by a watch. No I/O.
    fn check(&self, _target: &Target) -> Result<(), BadTarget> {
        Ok(())
    }

    /// Whether the addresses are the program's own, as in a static list, and are therefore taken as given. Those of all other
    /// sources are from elsewhere: some may not be dialled, the engine leaves those out.
    fn is_given(&self) -> bool {
        false
    }

    /// Asks for a fresher answer: connections failed or were lost, or a set was refused. Callers ask at a bounded rate.
    /// A source that is told of changes need not do anything.
    fn refresh(&self, _target: &Target) {}
}

/// The stream of sets of one watch.
pub type Watch = Pin<Box<dyn Stream<Item = Result<Snapshot, DiscoverError>> + Send>>;

/// Any [`Discover`], shared, with what is done above all sources once: see [`Settings`]. A clone is the same source; all who
/// [`follow`](Self::follow) one target of it share one watch.
#[derive(Clone)]
pub struct Source {
    discover: Arc<dyn AnyDiscover>,
    live: Arc<Live>,
    settings: Arc<Settings>,
}

/// The object-safe twin of [`Discover`].
trait AnyDiscover: Send + Sync {
    fn watch_any(&self, target: &Target) -> Watch;
    fn known_any(&self, target: &Target) -> Option<Result<Snapshot, DiscoverError>>;
    fn check_any(&self, target: &Target) -> Result<(), BadTarget>;
    fn is_given_any(&self) -> bool;
    fn refresh_any(&self, target: &Target);
}

impl<D: Discover> AnyDiscover for D {
    fn watch_any(&self, target: &Target) -> Watch {
        Box::pin(self.watch(target))
    }

    fn known_any(&self, target: &Target) -> Option<Result<Snapshot, DiscoverError>> {
        self.known(target)
    }

    fn check_any(&self, target: &Target) -> Result<(), BadTarget> {
        self.check(target)
    }

    fn is_given_any(&self) -> bool {
        self.is_given()
    }

    fn refresh_any(&self, target: &Target) {
        self.refresh(target);
    }
}

impl Source {
    /// Wraps a source.
    pub fn new(discover: impl Discover) -> Self {
        Self { discover: Arc::new(discover), live: Arc::default(), settings: Arc::default() }
    }

    /// The same source with these settings for all that follow it from now on.
    #[must_use]
    pub fn with_settings(self, settings: Settings) -> Self {
        Self { settings: Arc::new(settings), ..self }
    }

    /// The watches of its targets that are in use.
    pub(crate) fn live(&self) -> &Live {
        &self.live
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Follows a target. All who do share one watch, which is opened by the first who waits and ends with the last: 1,000 first
    /// lookups at once are one question. Nothing is looked up yet.
    ///
    /// # Errors
    /// The source does not understand the target.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use evenkeel_discover::{Sources, Target};
    ///
    /// let target: Target = "static:///10.0.0.1:80".parse()?;
    /// let mut follow = Sources::default().find(&target)?.follow(&target)?;
    /// let known = follow.first().await?;
    /// assert_eq!((known.version, known.set.as_ref().map(|set| set.len()), known.is_stale()), (1, Some(1), false));
    /// # Ok(())
    /// # }
    /// ```
    pub fn follow(&self, target: &Target) -> Result<Follow, BadTarget> {
        self.live.follow(self, target)
    }

    /// A watch of its own, without anything that is done above sources; see [`Discover::watch`]. Most want [`follow`](Self::follow).
    pub fn watch(&self, target: &Target) -> Watch {
        self.discover.watch_any(target)
    }

    /// See [`Discover::known`].
    pub fn known(&self, target: &Target) -> Option<Result<Snapshot, DiscoverError>> {
        self.discover.known_any(target)
    }

    /// See [`Discover::check`].
    pub fn check(&self, target: &Target) -> Result<(), BadTarget> {
        self.discover.check_any(target)
    }

    /// See [`Discover::is_given`].
    pub fn is_given(&self) -> bool {
        self.discover.is_given_any()
    }

    /// Which addresses of a target are left out: none where they are given, else what the target or the settings say. Whoever resolves
    /// names of its instances leaves out the same.
    ///
    /// # Errors
    /// The target has a malformed setting.
    pub fn addresses(&self, target: &Target) -> Result<Addresses, BadTarget> {
        let (_, settings) = self.settings.of(target)?;
        Ok(if self.is_given() { Addresses::All } else { settings.addresses })
    }

    /// See [`Discover::refresh`]. A source that panics is not asked, and that is logged.
    pub fn refresh(&self, target: &Target) {
        if catch_unwind(AssertUnwindSafe(|| self.discover.refresh_any(target))).is_err() {
            tracing::warn!(%target, "the source panicked when it was asked to look again");
        }
    }
}

impl<D: Discover> From<D> for Source {
    fn from(discover: D) -> Self {
        Self::new(discover)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}
