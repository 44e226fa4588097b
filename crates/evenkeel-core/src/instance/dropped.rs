use std::fmt;

/// What was left out of a set, and why: counted, with the first reasons in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dropped {
    /// How many records, addresses, tags or instances, and parts that fail.
    pub count: usize,
    /// How many of these are parts of a composite source that fail at the moment: nothing of their answers was left out.
    pub failing_parts: usize,
    /// The first reasons, at most [`Dropped::REASONS`] of them, each short and without control characters.
    pub reasons: Vec<String>,
}

/// The longest reason, in characters.
const LONGEST: usize = 256;

impl Dropped {
    /// How many reasons are kept.
    pub const REASONS: usize = 8;

    /// Counts one more thing that was left out.
    pub fn add(&mut self, why: impl fmt::Display) {
        self.add_many(1, why);
    }

    /// Counts many things that were left out for one reason.
    pub fn add_many(&mut self, count: usize, why: impl fmt::Display) {
        self.count += count;
        if self.reasons.len() < Self::REASONS {
            self.reasons.push(printable(&why.to_string(), LONGEST));
        }
    }

    /// Counts a part of a composite source that fails at the moment.
    pub fn add_failing_part(&mut self, why: impl fmt::Display) {
        self.failing_parts += 1;
        self.add(why);
    }

    /// Takes in what another part of the set left out.
    pub fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.failing_parts += other.failing_parts;
        let room = Self::REASONS.saturating_sub(self.reasons.len());
        self.reasons.extend(other.reasons.iter().take(room).cloned());
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} left out", self.count)?;
        for (n, reason) in self.reasons.iter().enumerate() {
            write!(f, "{}{reason}", if n == 0 { ": " } else { "; " })?;
        }
        Ok(())
    }
}

/// Text from elsewhere, fit for a log or an error: at most `longest` characters, control characters escaped.
///
/// ```
/// assert_eq!(evenkeel_core::printable("a\u{7}b\n", 9), "a\\u{7}b\\n");
/// assert_eq!(evenkeel_core::printable("abcdef", 3), "abc...");
/// ```
pub fn printable(text: &str, longest: usize) -> String {
    let mut out = String::with_capacity(text.len().min(longest));
    for (n, c) in text.chars().enumerate() {
        if n == longest {
            out.push_str("...");
            break;
        }
        if c.is_control() || is_invisible(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// Marks that turn the direction of text around or break lines (Unicode bidirectional controls, line and paragraph separators).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
