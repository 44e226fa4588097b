use super::{
    failing::{Failing, all_fail, report},
    list::List,
    parts::Parts,
};
use crate::{BadTarget, Discover, DiscoverError, Source, Target};
use evenkeel_core::{Dropped, Snapshot};
use futures_core::Stream;
use futures_util::{future::Either, stream};
use std::sync::Arc;

/// A source that joins the sets of several, whatever the target; see [`merge`].
#[derive(Debug, Clone)]
pub struct Merged(List);

/// A source of all instances of several: the union of the last good set of each.
///
/// It yields whenever one of them does, from the first set on: a part that has not answered yet is not waited for. A part that fails
/// keeps its last good set and is told of in [`Snapshot::dropped`], as `etcd://..: stale for 12 s: why`; the age is that of
/// the moment, renewed with each answer of any part. While all of them fail it yields an error that names each, and the last set stays.
///
/// Of two instances with one identity that of the later part counts; the service config is that of the first part that has one.
/// Each part is watched on its own: one that ends is started again after 1 s, then 1.6 times longer each time, up to 120 s; one that says
/// nothing for 10 s counts as failing. Addresses are filtered as those of any other source, also where a part is a static list.
///
/// ```
/// use evenkeel_discover::{Source, Target, Static, merge};
/// let part = |text: &str| Ok::<_, evenkeel_discover::BadTarget>((Source::new(Static), Target::parse(text)?));
/// let both = merge([part("static:///10.0.0.1:80")?, part("static:///10.0.0.2:80")?]);
/// # let _ = both;
/// # Ok::<(), evenkeel_discover::BadTarget>(())
/// ```
pub fn merge(parts: impl IntoIterator<Item = (Source, Target)>) -> Merged {
    Merged(parts.into_iter().collect())
}

/// What is held of one part.
#[derive(Debug, Clone, Default)]
struct Held {
    last: Option<Snapshot>,
    failing: Option<Failing>,
}

impl Held {
    fn take(&mut self, answer: Result<Snapshot, DiscoverError>) {
        match answer {
            Ok(set) => (self.last, self.failing) = (Some(set), None),
            Err(why) => self.failing = Some(Failing::again(self.failing.take(), why)),
        }
    }
}

/// One watch.
struct Watching {
    parts: Parts,
    held: Vec<Held>,
}

impl Watching {
    async fn next(&mut self) -> Result<Snapshot, DiscoverError> {
        loop {
            let (n, answer) = self.parts.next(self.parts.len()).await;
            if let Some(held) = self.held.get_mut(n) {
                held.take(answer);
            }
            let failing = || {
                let each = self.parts.targets().zip(&self.held);
                each.filter_map(|(target, held)| Some((target, held.failing.as_ref()?)))
            };
            if failing().count() == self.held.len() {
                return Err(all_fail(failing()));
            }
            let sets: Vec<&Snapshot> = self.held.iter().filter_map(|held| held.last.as_ref()).collect();
            if !sets.is_empty() {
                return Ok(report(&union(&sets), failing()));
            }
        }
    }
}

fn union(sets: &[&Snapshot]) -> Snapshot {
    let all = Snapshot::new(sets.iter().flat_map(|set| set.iter().cloned()));
    let all = match sets.iter().find_map(|set| set.service_config()) {
        Some(config) => all.with_service_config(config.clone()),
        None => all,
    };
    let mut dropped = Dropped::default();
    sets.iter().filter_map(|set| set.dropped()).for_each(|of_one| dropped.join(of_one));
    if dropped.count == 0 { all } else { all.with_dropped(Some(Arc::new(dropped))) }
}

impl Discover for Merged {
    fn watch(&self, target: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        if let Err(bad) = self.check(target) {
            return Either::Left(stream::iter([Err(bad.into())]));
        }
        let parts = self.0.parts();
        let held = vec![Held::default(); parts.len()];
        let watching = Watching { parts, held };
        Either::Right(stream::unfold(watching, |mut watching| async move {
            Some((watching.next().await, watching))
        }))
    }

    /// Known if all parts are.
    fn known(&self, target: &Target) -> Option<Result<Snapshot, DiscoverError>> {
        self.check(target).ok()?;
        let sets: Vec<Snapshot> = self.0.known().collect::<Option<_>>()?;
        Some(Ok(union(&sets.iter().collect::<Vec<_>>())))
    }

    fn check(&self, target: &Target) -> Result<(), BadTarget> {
        self.0.check(target)
    }

    fn refresh(&self, _: &Target) {
        self.0.refresh();
    }
}
