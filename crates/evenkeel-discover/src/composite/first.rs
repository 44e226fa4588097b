use super::{
    failing::{Failing, all_fail, report},
    list::List,
    parts::Parts,
};
use crate::{BadTarget, Discover, DiscoverError, Source, Target};
use evenkeel_core::Snapshot;
use futures_core::Stream;
use futures_util::{future::Either, stream};

/// A source that asks several in order, whatever the target; see [`first`].
#[derive(Debug, Clone)]
pub struct Preferred(List);

/// A source of the first of several that answers: fail-over.
///
/// The parts are in order of preference, and the set is that of the first whose last answer is a set. An empty set is an answer too: the
/// service has no instances there. A part that fails, or says nothing for 10 s after its watch begins, hands over to the next; its own
/// set stays in force until another one answers. The better parts are still watched, and the first to answer again takes over; those behind
/// it are then not watched any more. A part that is failing is told of in [`Snapshot::dropped`], as `etcd://..: stale for 12 s: why`.
/// While all of them fail it yields an error that names each, and the last set stays.
///
/// A part that ends is started again after 1 s, then 1.6 times longer each time, up to 120 s. Addresses are filtered as those of any other
/// source, also where a part is a static list.
///
/// ```
/// use evenkeel_discover::{Source, Target, Manual, Static, first};
/// let registry = (Source::new(Manual::new()), Target::parse("manual:///echo")?);
/// let backup = (Source::new(Static), Target::parse("static:///10.0.0.1:80")?);
/// let both = first([registry, backup]);
/// # let _ = both;
/// # Ok::<(), evenkeel_discover::BadTarget>(())
/// ```
pub fn first(parts: impl IntoIterator<Item = (Source, Target)>) -> Preferred {
    Preferred(parts.into_iter().collect())
}

/// The last word of a part that is watched.
#[derive(Debug, Clone, Default)]
enum Word {
    #[default]
    Nothing,
    Set(Snapshot),
    Failing(Failing),
}

impl Word {
    fn after(self, answer: Result<Snapshot, DiscoverError>) -> Self {
        match (answer, self) {
            (Ok(set), _) => Self::Set(set),
            (Err(why), Self::Failing(before)) => Self::Failing(Failing::again(Some(before), why)),
            (Err(why), _) => Self::Failing(Failing::again(None, why)),
        }
    }

    fn failing(&self) -> Option<&Failing> {
        if let Self::Failing(failing) = self { Some(failing) } else { None }
    }

    fn set(&self) -> Option<&Snapshot> {
        if let Self::Set(set) = self { Some(set) } else { None }
    }
}

/// One watch.
struct Watching {
    parts: Parts,
    /// Of the parts that are watched: the first ones.
    words: Vec<Word>,
}

impl Watching {
    async fn next(&mut self) -> Result<Snapshot, DiscoverError> {
        loop {
            let (n, answer) = self.parts.next(self.words.len()).await;
            if let Some(word) = self.words.get_mut(n) {
                *word = std::mem::take(word).after(answer);
            }
            let chosen = self.words.iter().position(|word| word.set().is_some());
            if let Some(chosen) = chosen {
                self.release_after(chosen);
            } else if self.failing().count() == self.parts.len() {
                return Err(all_fail(self.failing()));
            } else if self.failing().count() == self.words.len() {
                self.words.push(Word::Nothing);
            }
            // A worse part than the chosen one is not watched, so the word was that of the chosen one or of a better.
            if let Some(set) = chosen.and_then(|chosen| self.words.get(chosen)?.set()) {
                return Ok(report(set, self.failing()));
            }
        }
    }

    fn failing(&self) -> impl Iterator<Item = (&Target, &Failing)> {
        self.parts.targets().zip(&self.words).filter_map(|(target, word)| Some((target, word.failing()?)))
    }

    fn release_after(&mut self, chosen: usize) {
        self.words.truncate(chosen + 1);
        self.parts.close_after(chosen + 1);
    }
}

impl Discover for Preferred {
    fn watch(&self, target: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        if let Err(bad) = self.check(target) {
            return Either::Left(stream::iter([Err(bad.into())]));
        }
        let watching = Watching { parts: self.0.parts(), words: vec![Word::Nothing] };
        Either::Right(stream::unfold(watching, |mut watching| async move {
            Some((watching.next().await, watching))
        }))
    }

    /// Known if the first part is.
    fn known(&self, _: &Target) -> Option<Result<Snapshot, DiscoverError>> {
        self.0.known().next()?.map(Ok)
    }

    fn check(&self, target: &Target) -> Result<(), BadTarget> {
        self.0.check(target)
    }

    fn refresh(&self, _: &Target) {
        self.0.refresh();
    }
}
