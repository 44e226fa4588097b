//! What the policies that follow load have in common.

mod candidates;

pub(super) use candidates::{Candidates, Member, Shares};

use crate::{Field, MAX_DRAWN};

/// The field `choiceCount` with this default: two choices do most of the work (Mitzenmacher 2001), one would be blind.
pub(super) const fn choice_count(default: &'static str) -> Field {
    Field::whole("choiceCount", 2..=MAX_DRAWN as u64, default, "how many distinct endpoints a pick compares")
}
