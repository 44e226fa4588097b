//! gRPC service configs.
use serde_json::Value;
use std::time::Duration;
pub(crate) fn duration(value: &Value) -> Option<Duration> {
    let text = value.as_str()?.strip_suffix('s')?;
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}
/// x
#[derive(Debug)]
pub struct ServiceConfig;
