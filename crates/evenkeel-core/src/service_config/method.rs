use super::{HedgingPolicy, RetryPolicy, duration, reader::Reader};
use serde_json::Value;
use std::time::Duration;

/// What holds for the calls of some methods (one entry of `methodConfig`).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct MethodConfig {
    /// Whether calls wait for a connection instead of failing when none can be made, unless the call itself says.
    pub wait_for_ready: Option<bool>,
    /// The longest that a call may take; the call's own deadline counts where it is earlier.
    pub timeout: Option<Duration>,
    /// The longest request message in bytes.
    pub max_request_message_bytes: Option<u64>,
    /// The longest response message in bytes.
    pub max_response_message_bytes: Option<u64>,
    /// When a failed call is tried again; never together with `hedging`.
    pub retry: Option<RetryPolicy>,
    /// How a call is sent several times at once; never together with `retry`.
    pub hedging: Option<HedgingPolicy>,
}

impl MethodConfig {
    pub(super) fn read(object: &Reader<'_>) -> Self {
        if object.get("retryPolicy").is_some() && object.get("hedgingPolicy").is_some() {
            let bound = "either a retryPolicy or a hedgingPolicy";
            object.refuse("hedgingPolicy", "there is a retryPolicy too", bound);
        }
        Self {
            wait_for_ready: object.read("waitForReady", "true or false", Value::as_bool),
            timeout: object.read("timeout", "a duration such as \"0.5s\"", duration),
            max_request_message_bytes: object.read("maxRequestMessageBytes", BYTES, bytes),
            max_response_message_bytes: object.read("maxResponseMessageBytes", BYTES, bytes),
            retry: object.object("retryPolicy").and_then(|o| RetryPolicy::read(&o)),
            hedging: object.object("hedgingPolicy").and_then(|o| HedgingPolicy::read(&o)),
        }
    }
}

const BYTES: &str = "a whole number in 0..=18446744073709551615, plain or as a text";

/// A whole number, or its decimal digits as proto-JSON writes those of 64 bits.
fn bytes(value: &Value) -> Option<u64> {
    match value.as_str() {
        Some(text) => text.parse().ok().filter(|_| !text.starts_with('+')),
        None => value.as_u64(),
    }
}
