use crate::{DiscoverError, Target};
use evenkeel_core::{Dropped, Snapshot, printable};
use std::{fmt, sync::Arc};
use tokio::time::Instant;

/// How much of a target or an error is shown, in characters; a reason within a set may have 256 in all.
const SHOWN: usize = 100;

/// Since when a part fails, and why it did last.
#[derive(Debug, Clone)]
pub(super) struct Failing {
    since: Instant,
    why: DiscoverError,
}

impl Failing {
    /// The same failure goes on, or a new one begins.
    pub(super) fn again(before: Option<Self>, why: DiscoverError) -> Self {
        Self { since: before.map_or_else(Instant::now, |before| before.since), why }
    }
}

/// What a set says of a part that fails, among what was left out of it.
pub(super) fn report<'a>(
    set: &Snapshot,
    failing: impl IntoIterator<Item = (&'a Target, &'a Failing)>,
) -> Snapshot {
    let mut dropped = Dropped::default();
    for (target, failing) in failing {
        let age = failing.since.elapsed().as_secs();
        dropped.add_failing_part(format_args!(
            "{}: stale for {age} s: {}",
            shown(target),
            shown(&failing.why)
        ));
    }
    if dropped.count == 0 {
        return set.clone();
    }
    if let Some(own) = set.dropped() {
        dropped.join(own);
    }
    set.with_dropped(Some(Arc::new(dropped)))
}

/// The error of a composite source all of whose parts fail: it names the first of them, each with its reason.
pub(super) fn all_fail<'a>(failing: impl Iterator<Item = (&'a Target, &'a Failing)>) -> DiscoverError {
    let parts: Vec<_> =
        failing.map(|(target, failing)| format!("{}: {}", shown(target), shown(&failing.why))).collect();
    let more = parts.len().saturating_sub(Dropped::REASONS);
    let text = parts.into_iter().take(Dropped::REASONS).collect::<Vec<_>>().join("; ");
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    DiscoverError::source_failed(AllFail(text + &more))
}

#[derive(Debug, thiserror::Error)]
#[error("no part answers: {0}")]
struct AllFail(String);

fn shown(text: &impl fmt::Display) -> String {
    printable(&text.to_string(), SHOWN)
}
