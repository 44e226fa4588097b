use serde_json::Value;
use std::time::Duration;

/// The longest duration of proto-JSON, about 10,000 years.
const MAX: Duration = Duration::from_secs(315_576_000_000);

/// A proto-JSON duration that is not negative: seconds with up to 9 decimals and the suffix `s`, such as `"0.5s"`.
pub(crate) fn duration(value: &Value) -> Option<Duration> {
    let text = value.as_str()?.strip_suffix('s')?;
    let (seconds, nanos) = match text.split_once('.') {
        None => (digits(text, 20)?, 0),
        Some((seconds, decimals)) => (digits(seconds, 20)?, nanos(decimals)?),
    };
    let duration = Duration::new(seconds, nanos);
    (duration <= MAX).then_some(duration)
}

/// Decimals of a second, at most 9.
fn nanos(decimals: &str) -> Option<u32> {
    let read = u32::try_from(digits(decimals, 9)?).ok()?;
    Some((decimals.len()..9).fold(read, |nanos, _| nanos * 10))
}

/// A number of at least one and at most `most` decimal digits; `parse` alone would take a sign.
fn digits(text: &str, most: usize) -> Option<u64> {
    let plain = text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}
