use super::parts::Parts;
use crate::{BadTarget, Source, Target};
use evenkeel_core::Snapshot;
use std::sync::Arc;

/// What a composite source is made of, in order. A clone shares it.
#[derive(Debug, Clone)]
pub(super) struct List(Arc<[(Source, Target)]>);

impl FromIterator<(Source, Target)> for List {
    fn from_iter<T: IntoIterator<Item = (Source, Target)>>(parts: T) -> Self {
        Self(parts.into_iter().collect())
    }
}

impl List {
    /// There is a part, and each understands its target; `whole` is that of the composite.
    pub(super) fn check(&self, whole: &Target) -> Result<(), BadTarget> {
        if self.0.is_empty() {
            return Err(whole.bad("want at least one part"));
        }
        self.0.iter().try_for_each(|(source, target)| source.check(target))
    }

    /// Watches of all; none is open yet.
    pub(super) fn parts(&self) -> Parts {
        Parts::new(&self.0)
    }

    /// The set that each part knows without asking anybody, if it does.
    pub(super) fn known(&self) -> impl Iterator<Item = Option<Snapshot>> {
        self.0.iter().map(|(source, target)| source.known(target)?.ok())
    }

    /// Asks each for a fresher answer.
    pub(super) fn refresh(&self) {
        self.0.iter().for_each(|(source, target)| source.refresh(target));
    }
}
