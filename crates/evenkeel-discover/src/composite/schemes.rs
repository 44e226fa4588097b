use super::nested::composite;
use crate::{BadTarget, Discover, DiscoverError, SourceInfo, Sources, Target};
use evenkeel_core::{Field, FieldKind, Snapshot};
use futures_core::Stream;
use futures_util::{future::Either, stream};

/// The options of both.
pub(super) const OPTIONS: &[Field] = &[
    Field::new("of", FieldKind::Text, "", "a target, percent-encoded; may be repeated"),
    Field::new(
        "only",
        FieldKind::Text,
        "null",
        "keeps instances with the tag KEY=VALUE, or without it as !KEY=VALUE; may be repeated",
    ),
];

/// `merge:///?of=TARGET[&of=TARGET]...[&only=KEY=VALUE]...`: all instances of several targets, see [`merge`](crate::merge); and
/// `first:///` with the same options: those of the first target that answers, see [`first`](crate::first).
///
/// Each inner target is percent-encoded, and may be one of `merge` or `first` itself, four deep in all. `only=KEY=VALUE` keeps the
/// instances with that tag, `only=!KEY=VALUE` those without it; see [`Filter`](crate::Filter).
///
/// ```
/// use evenkeel_discover::{Composite, Sources};
/// let sources = Sources::default();
/// let sources = sources.clone().with(Composite::MERGE, Composite::new(sources))?;
/// let target = "merge:///?of=static:///10.0.0.1:80&of=static:///10.0.0.2:80%3Bzone%3Da&only=zone%3Da".parse()?;
/// assert_eq!(sources.find(&target)?.known(&target).unwrap()?.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Composite {
    sources: Sources,
}

impl Composite {
    /// The entry of `merge` among the sources.
    pub const MERGE: SourceInfo = SourceInfo {
        scheme: "merge",
        form: "merge:///?of=TARGET[&of=TARGET]...[&only=KEY=VALUE]...",
        text: "all instances of several targets",
        options: OPTIONS,
    };

    /// The entry of `first` among the sources.
    pub const FIRST: SourceInfo = SourceInfo {
        scheme: "first",
        form: "first:///?of=TARGET[&of=TARGET]...[&only=KEY=VALUE]...",
        text: "the instances of the first target that answers",
        options: OPTIONS,
    };

    /// Finds the inner targets' sources among these; `merge` and `first` need not be there.
    pub fn new(sources: Sources) -> Self {
        Self { sources }
    }
}

impl Discover for Composite {
    fn watch(&self, target: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        match composite(&self.sources, target, 1) {
            Ok(source) => Either::Left(source.watch(target)),
            Err(bad) => Either::Right(stream::iter([Err(bad.into())])),
        }
    }

    fn known(&self, target: &Target) -> Option<Result<Snapshot, DiscoverError>> {
        composite(&self.sources, target, 1).ok()?.known(target)
    }

    fn check(&self, target: &Target) -> Result<(), BadTarget> {
        composite(&self.sources, target, 1).map(drop)
    }

    fn refresh(&self, target: &Target) {
        if let Ok(source) = composite(&self.sources, target, 1) {
            source.refresh(target);
        }
    }
}
