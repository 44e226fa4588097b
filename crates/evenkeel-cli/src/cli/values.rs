//! Values of flags that need more than a number.

use crate::duration::{self, DurationError};
use http::{HeaderName, HeaderValue};
use std::time::Duration;

/// Why a text is not a length of time that is more than nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PositiveError {
    /// It is none at all.
    #[error(transparent)]
    Time(#[from] DurationError),
    /// It is 0.
    #[error("must be longer than 0")]
    Zero,
}

/// Reads a length of time that is more than nothing.
pub(crate) fn positive(text: &str) -> Result<Duration, PositiveError> {
    let length = duration::parse(text)?;
    if length.is_zero() { Err(PositiveError::Zero) } else { Ok(length) }
}

/// The text is not a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a number of calls a second, above 0 and at most 1000000")]
pub(crate) struct RateError;

/// Reads a number of calls a second.
pub(crate) fn rate(text: &str) -> Result<f64, RateError> {
    let rate: f64 = text.parse().map_err(|_| RateError)?;
    // One call in a year is the least: longer lengths of time are not taken either.
    if (1e-7..=1e6).contains(&rate) { Ok(rate) } else { Err(RateError) }
}

/// A header of a request, from `K:V`.
pub(crate) type Header = (HeaderName, HeaderValue);

/// Why a text is no header for a gRPC request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeaderError {
    /// There is no colon.
    #[error("write KEY:VALUE")]
    Form,
    /// The key has characters that it cannot have.
    #[error("the key is not a header name")]
    Name,
    /// The value has characters that it cannot have.
    #[error("the value has characters that a header cannot have")]
    Value,
    /// gRPC or HTTP/2 sets it.
    #[error("this header is set by gRPC itself")]
    Reserved,
}

/// Headers that the protocol sets (gRPC over HTTP/2, "Requests"; RFC 9113 section 8.2.2).
const RESERVED: [&str; 8] = [
    "te",
    "content-type",
    "content-length",
    "host",
    "connection",
    "transfer-encoding",
    "upgrade",
    "keep-alive",
];

/// Reads `KEY:VALUE`.
pub(crate) fn header(text: &str) -> Result<Header, HeaderError> {
    let (key, value) = text.split_once(':').filter(|(key, _)| !key.is_empty()).ok_or(HeaderError::Form)?;
    let name = HeaderName::from_bytes(key.trim().as_bytes()).map_err(|_| HeaderError::Name)?;
    if name.as_str().starts_with("grpc-") || RESERVED.contains(&name.as_str()) {
        return Err(HeaderError::Reserved);
    }
    Ok((name, HeaderValue::from_str(value.trim()).map_err(|_| HeaderError::Value)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_a_key_and_a_value() {
        let (name, value) = header("X-Tag: a:b ").unwrap();
        assert_eq!((name.as_str(), value.to_str().unwrap()), ("x-tag", "a:b"));
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        for (text, error) in [
            ("", HeaderError::Form),
            ("x", HeaderError::Form),
            (":authority:x", HeaderError::Form),
            ("a b:c", HeaderError::Name),
            ("a:b\u{7}c", HeaderError::Value),
            ("grpc-timeout:1S", HeaderError::Reserved),
            ("TE:x", HeaderError::Reserved),
        ] {
            assert_eq!(header(text), Err(error), "{text:?}");
        }
    }
}
