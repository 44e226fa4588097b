use super::Filter;
use crate::{BadTarget, Discover, DiscoverError, Source, Target};
use evenkeel_core::Snapshot;
use futures_core::Stream;
use futures_util::StreamExt;

/// A source of some of the instances of another; see [`only`].
#[derive(Debug, Clone)]
pub struct Only {
    source: Source,
    filter: Filter,
}

/// A source of those instances of another that a filter keeps. All else is as the other has it.
///
/// Where none is kept the set is empty: the other did answer, and there is no such instance.
pub fn only(source: Source, filter: Filter) -> Only {
    Only { source, filter }
}

impl Discover for Only {
    fn watch(&self, target: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        let filter = self.filter.clone();
        self.source.watch(target).map(move |answer| answer.map(|set| set.filter(|i| filter.keeps(i))))
    }

    fn known(&self, target: &Target) -> Option<Result<Snapshot, DiscoverError>> {
        let known = self.source.known(target)?;
        Some(known.map(|set| set.filter(|i| self.filter.keeps(i))))
    }

    fn check(&self, target: &Target) -> Result<(), BadTarget> {
        self.source.check(target)
    }

    fn is_given(&self) -> bool {
        self.source.is_given()
    }

    fn refresh(&self, target: &Target) {
        self.source.refresh(target);
    }
}
