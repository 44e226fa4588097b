use super::reader::Reader;
use crate::Code;
use serde_json::Value;
use std::fmt;

/// A set of status codes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Codes(u32);

impl Codes {
    /// Whether the code is in the set.
    #[inline]
    pub const fn contains(self, code: Code) -> bool {
        self.0 & (1 << code.as_u32()) != 0
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The codes in it, by number.
    pub fn iter(self) -> impl Iterator<Item = Code> {
        Code::all().filter(move |code| self.contains(*code))
    }

    /// The list in that field; none where it is absent or wrong.
    pub(super) fn read(object: &Reader<'_>, field: &'static str) -> Option<Self> {
        let listed = object.list(field)?;
        let codes: Vec<_> = listed.map(|item| item.read("a status code: its name or 0..=16", code)).collect();
        codes.into_iter().collect()
    }
}

fn code(value: &Value) -> Option<Code> {
    match value.as_str() {
        Some(name) => Code::from_name(name),
        None => Code::from_u32(u32::try_from(value.as_u64()?).ok()?),
    }
}

impl FromIterator<Code> for Codes {
    fn from_iter<I: IntoIterator<Item = Code>>(codes: I) -> Self {
        Self(codes.into_iter().fold(0, |set, code| set | 1 << code.as_u32()))
    }
}

impl fmt::Debug for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
