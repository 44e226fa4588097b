use super::reader::Reader;
use serde_json::Value;

/// The limit on retries and hedges to one server name (`retryThrottling`, gRFC A6).
///
/// A count of tokens starts at `max_tokens`. Each failure that could be retried takes one, each success gives the ratio
/// back; retries are allowed while more than half of the tokens are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryThrottling {
    /// The most tokens, 1..=1000.
    pub max_tokens: u32,
    /// What a success gives back, in thousandths of a token, 1..=1,000,000; a fourth decimal is cut off.
    pub ratio_thousandths: u32,
}

/// The greatest `maxTokens` (gRFC A6).
const MAX_TOKENS: u32 = 1000;
/// Thousandths in `MAX_TOKENS`: a greater ratio does the same, since the count never passes `maxTokens`.
const MAX_RATIO: u32 = MAX_TOKENS * 1000;

impl RetryThrottling {
    pub(super) fn read(object: &Reader<'_>) -> Option<Self> {
        let max_tokens = object.need("maxTokens", "a whole number in 1..=1000", tokens);
        let ratio = object.need("tokenRatio", "a number, at least 0.001", thousandths);
        Some(Self { max_tokens: max_tokens?, ratio_thousandths: ratio? })
    }
}

fn tokens(value: &Value) -> Option<u32> {
    let tokens = u32::try_from(value.as_u64()?).ok()?;
    (1..=MAX_TOKENS).contains(&tokens).then_some(tokens)
}

/// The number in thousandths, cut off and not rounded. It works on decimal digits: 1.001 * 1000.0 is below 1001.
fn thousandths(value: &Value) -> Option<u32> {
    let number = value.as_f64().filter(|n| *n > 0.0)?;
    let decimal = number.to_string();
    let (whole, fraction) = decimal.split_once('.').unwrap_or((&decimal, ""));
    let digits = format!("{whole}{:0<3}", fraction.get(..3).unwrap_or(fraction));
    let thousandths = digits.parse().unwrap_or(MAX_RATIO).min(MAX_RATIO);
    (thousandths > 0).then_some(thousandths)
}
