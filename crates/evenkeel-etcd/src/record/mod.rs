//! What the values of keys say: three formats, told apart by their looks.

mod kitex;

use evenkeel_core::Instance;
use evenkeel_discover::{BadRecord, read_object, read_record};
use serde_json::Value;

/// Reads a value: a JSON object of Kitex's if it has a field `network`, else one of Evenkeel's; without braces it is `HOST:PORT`, also
/// with `http://` or `https://` before it, as Go kit registers.
///
/// A weight of Kitex's counts as it is; all others, also the 1 of an instance that has none, count `scale` times.
pub(crate) fn read(value: &[u8], scale: u32) -> Result<Instance, BadRecord> {
    let text = std::str::from_utf8(value).map_err(|_| BadRecord::new("it is not UTF-8"))?.trim();
    if !text.starts_with('{') {
        return scaled(read_record(without_scheme(text))?, scale);
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) if kitex::is_kitex(&object) => kitex::read(&object),
        Ok(Value::Object(object)) => scaled(read_object(&object)?, scale),
        Ok(_) => Err(BadRecord::new("want a JSON object")),
        Err(error) => Err(BadRecord::new(format_args!("not JSON: {error}"))),
    }
}

fn without_scheme(text: &str) -> &str {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.map_or(text, |rest| rest.strip_suffix('/').unwrap_or(rest))
}

fn scaled(instance: Instance, scale: u32) -> Result<Instance, BadRecord> {
    let weight = instance.weight();
    match weight.checked_mul(scale) {
        Some(scaled) => Ok(instance.with_weight(scaled)),
        None => {
            Err(BadRecord::new(format_args!("weight {weight} times weight_scale {scale} is over 4294967295")))
        }
    }
}

#[cfg(test)]
mod tests;
