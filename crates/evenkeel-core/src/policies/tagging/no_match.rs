use super::{Router, Tag, groups::Emptied};
use crate::{CallInfo, Failure};
use std::fmt::Write;

/// How many characters of a value are shown: the caller chose it, and headers are long.
const SHOWN: usize = 64;

impl Router {
    /// Says which tag left nothing, and what the tags before it had left. Only a call that goes nowhere pays for the text.
    #[cold]
    pub(super) fn no_match(&self, call: &CallInfo<'_>, Emptied(last): Emptied) -> Failure {
        let mut counts = self.groups.counts(&self.tags, call);
        let mut left = format!("of {}", counts.next().unwrap_or(0));
        for (tag, count) in self.tags.iter().take(last).zip(counts) {
            let _ = write!(left, "; {count} had {}", tag.shown(call));
        }
        let wanted = self.tags.get(last).map(|tag| tag.shown(call)).unwrap_or_default();
        Failure::NoMatch(format!("tagging: no instance has {wanted} ({left})").into())
    }
}

impl Tag {
    /// The tag with the value that the call wants, fit to be read in one line.
    fn shown(&self, call: &CallInfo<'_>) -> String {
        self.wanted.of(call, |value| {
            let value = String::from_utf8_lossy(value);
            let cut = if value.chars().nth(SHOWN).is_some() { "..." } else { "" };
            match &*value {
                "" => format!("{}=\"\"", self.key),
                value => {
                    let value: String = value.chars().take(SHOWN).collect();
                    format!("{}={}{cut}", self.key, value.escape_debug())
                }
            }
        })
    }
}
