use std::{
    fmt::{self, Display, Write},
    time::Duration,
};

/// A text from outside within one line: at most 1 KiB, control characters escaped.
pub(super) struct OneLine<T>(pub(super) T);

const LONGEST: usize = 1024;

impl<T: Display> Display for OneLine<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Line { to: f, left: LONGEST }, "{}", self.0)
    }
}

struct Line<'a, 'b> {
    to: &'a mut fmt::Formatter<'b>,
    left: usize,
}

impl Write for Line<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match self.left {
                0 => return Ok(()),
                1 => self.to.write_str("...")?,
                _ if c.is_control() => write!(self.to, "{}", c.escape_default())?,
                _ => self.to.write_char(c)?,
            }
            self.left -= 1;
        }
        Ok(())
    }
}

/// A time as people read it: `850 µs`, `1.2 ms`, `2.5 s`.
pub(super) struct Time(pub(super) Duration);

impl Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.as_micros();
        match micros {
            0..1_000 => write!(f, "{micros} µs"),
            1_000..1_000_000 => write!(f, "{} ms", tenths(micros, 1_000)),
            _ => write!(f, "{} s", tenths(micros, 1_000_000)),
        }
    }
}

/// In whole tenths of a unit, rounded down; without ".0".
fn tenths(micros: u128, unit: u128) -> String {
    match (micros / unit, micros % unit * 10 / unit) {
        (whole, 0) => whole.to_string(),
        (whole, tenths) => format!("{whole}.{tenths}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_well() {
        let texts = [0, 850, 1_000, 1_290, 30_000, 999_999, 2_500_000]
            .map(|micros| Time(Duration::from_micros(micros)).to_string());
        assert_eq!(texts, ["0 µs", "850 µs", "1 ms", "1.2 ms", "30 ms", "999.9 ms", "2.5 s"]);
    }

    #[test]
    fn a_text_from_outside_stays_in_one_line_and_is_bounded() {
        assert_eq!(OneLine("a\nb\u{1b}[0m").to_string(), "a\\nb\\u{1b}[0m");
        let long = OneLine("x".repeat(5_000)).to_string();
        assert!(long.len() < 1_100 && long.ends_with("..."), "{}", long.len());
    }
}
