use crate::{BadTarget, DiscoverError, Follow, Settings, Source, Static, Target, Unix};
use evenkeel_core::{Field, Snapshot};
use std::{collections::BTreeMap, sync::Arc};

/// The sources by scheme. A value: hand it to whoever opens targets.
#[derive(Debug, Clone)]
pub struct Sources {
    by_scheme: BTreeMap<&'static str, (SourceInfo, Source)>,
}

/// What is known of a source.
#[derive(Debug, Clone, Copy)]
pub struct SourceInfo {
    /// The scheme of its targets.
    pub scheme: &'static str,
    /// What a target looks like.
    pub form: &'static str,
    /// What it does, in a few words.
    pub text: &'static str,
    /// The options of its targets, besides those of every target ([`Settings::OPTIONS`](crate::Settings::OPTIONS)).
    pub options: &'static [Field],
}

/// A scheme that has a source already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the scheme {0:?} has a source already; use `replace` to put another in its place")]
pub struct SchemeTaken(pub &'static str);

impl Default for Sources {
    /// The sources of this crate: `static` and `unix`.
    fn default() -> Self {
        Self { by_scheme: BTreeMap::new() }.replace(Static::INFO, Static).replace(Unix::INFO, Unix)
    }
}

impl Sources {
    /// The same with one more source.
    ///
    /// # Errors
    /// The scheme has one.
    pub fn with(self, info: SourceInfo, source: impl Into<Source>) -> Result<Self, SchemeTaken> {
        if self.by_scheme.contains_key(info.scheme) {
            return Err(SchemeTaken(info.scheme));
        }
        Ok(self.replace(info, source))
    }

    /// The same with this source in the place of any other of its scheme.
    #[must_use]
    pub fn replace(mut self, info: SourceInfo, source: impl Into<Source>) -> Self {
        self.by_scheme.insert(info.scheme, (info, source.into()));
        self
    }

    /// The source of a target.
    ///
    /// # Errors
    /// No source has its scheme.
    pub fn find(&self, target: &Target) -> Result<Source, BadTarget> {
        let Some((_, source)) = self.by_scheme.get(target.scheme()) else {
            let known = self.by_scheme.keys().copied().collect::<Vec<_>>().join(", ");
            return Err(
                target.bad(format!("no source for the scheme {:?}; there is {known}", target.scheme()))
            );
        };
        Ok(source.clone())
    }

    /// The same with these settings for all sources.
    #[must_use]
    pub fn with_settings(mut self, settings: &Settings) -> Self {
        for (_, source) in self.by_scheme.values_mut() {
            *source = source.clone().with_settings(settings.clone());
        }
        self
    }

    /// Follows a target; see [`Source::follow`].
    ///
    /// # Errors
    /// No source has its scheme, or the one that has does not understand it.
    pub fn follow(&self, target: &Target) -> Result<Follow, BadTarget> {
        self.find(target)?.follow(target)
    }

    /// Looks a target up once: the first set. Who looks up what others follow, or look up at the same time, asks nobody.
    ///
    /// # Errors
    /// The target is unusable, or the first answer is an error.
    pub async fn lookup(&self, target: &Target) -> Result<Snapshot, Arc<DiscoverError>> {
        let mut follow = self.follow(target).map_err(|bad| Arc::new(DiscoverError::from(bad)))?;
        let known = follow.first().await?;
        Ok(known.set.clone().unwrap_or_else(|| Snapshot::new([])))
    }

    /// All sources, by scheme.
    pub fn all(&self) -> impl Iterator<Item = SourceInfo> + '_ {
        self.by_scheme.values().map(|(info, _)| *info)
    }
}
