use super::{Composite, Filter, first, merge, only, schemes::OPTIONS};
use crate::{BadTarget, Source, Sources, Target};

/// How deep targets may stand in each other.
const DEEPEST: usize = 4;

/// The source that a target of `merge` or `first` describes.
pub(super) fn composite(sources: &Sources, target: &Target, depth: usize) -> Result<Source, BadTarget> {
    if depth > DEEPEST {
        return Err(target.bad(format!("targets may stand in each other {DEEPEST} deep")));
    }
    target.only_options(OPTIONS)?;
    if !target.authority().is_empty() || !target.path().is_empty() {
        return Err(target.bad(format!("want {0}:///?of=TARGET&of=TARGET", target.scheme())));
    }
    let filter = Filter::read(target.options("only"))
        .map_err(|bad| target.bad(format!("option only={bad}, percent-encoded")))?;
    let parts = target.options("of").map(|text| part(sources, text, depth)).collect::<Result<Vec<_>, _>>()?;
    if parts.is_empty() {
        return Err(target.bad("want at least one option of=TARGET, percent-encoded"));
    }
    let all = if target.scheme() == Composite::FIRST.scheme {
        Source::new(first(parts))
    } else {
        Source::new(merge(parts))
    };
    Ok(if filter.is_empty() { all } else { Source::new(only(all, filter)) })
}

fn part(sources: &Sources, text: &str, depth: usize) -> Result<(Source, Target), BadTarget> {
    let target = Target::parse(text)?;
    let nested = [Composite::MERGE.scheme, Composite::FIRST.scheme].contains(&target.scheme());
    let source = if nested { composite(sources, &target, depth + 1)? } else { sources.find(&target)? };
    source.check(&target)?;
    Ok((source, target))
}
