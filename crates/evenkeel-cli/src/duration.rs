//! Lengths of time as people type them: `5ms`, `1.5s`, `2m`.

use std::time::Duration;

/// The longest length that is taken: a year. Adding it to any instant is safe.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// Why a text is not a length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DurationError {
    /// It does not begin with a number.
    #[error("write a number and a unit, as in 5ms, 1.5s or 2m")]
    Number,
    /// What follows the number is no unit.
    #[error("the unit must be one of us, ms, s, m, h")]
    Unit,
    /// It is longer than a year.
    #[error("at most 8760h, a year")]
    TooLong,
}

/// Reads a number and a unit, such as `5ms`, `1.5s` or `2m`; a lone `0` needs no unit.
pub(crate) fn parse(text: &str) -> Result<Duration, DurationError> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: f64 = number.parse().map_err(|_| DurationError::Number)?;
    let seconds = match unit {
        "us" => number / 1e6,
        "ms" => number / 1e3,
        "s" => number,
        "m" => number * 60.0,
        "h" => number * 3600.0,
        "" if number == 0.0 => 0.0,
        _ => return Err(DurationError::Unit),
    };
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|&length| length <= LONGEST)
        .ok_or(DurationError::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_units_are_read() {
        for (text, micros) in [
            ("5ms", 5_000),
            ("1.5s", 1_500_000),
            ("0.1s", 100_000),
            (".5s", 500_000),
            ("250us", 250),
            ("2m", 120_000_000),
            ("1h", 3_600_000_000),
            ("0", 0),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_micros(micros)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_its_reason() {
        for text in ["", "s", "-5ms", "+5ms", ".", ".s", "1.2.3s", "inf", "NaN", " 5s"] {
            assert_eq!(parse(text), Err(DurationError::Number), "{text:?}");
        }
        for text in ["5", "5 s", "5S", "5sec", "1e3s", "1m30s", "5µs"] {
            assert_eq!(parse(text), Err(DurationError::Unit), "{text:?}");
        }
    }

    #[test]
    fn a_year_is_the_longest() {
        assert_eq!(parse("8760h"), Ok(LONGEST));
        for text in ["8761h", "1000000000000000000000000s", &format!("{}s", "9".repeat(400))] {
            assert_eq!(parse(text), Err(DurationError::TooLong), "{text}");
        }
    }
}
