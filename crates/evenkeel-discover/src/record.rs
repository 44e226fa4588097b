use evenkeel_core::{Address, Instance};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::Arc};

/// A record of a registry that describes no instance, and why. Its text never holds more of the record than a little.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadRecord(String);

impl BadRecord {
    /// With this reason; it is cut to a readable length and its control characters are escaped.
    pub fn new(why: impl std::fmt::Display) -> Self {
        Self(evenkeel_core::printable(&why.to_string(), 256))
    }
}

/// Reads one record: Evenkeel's JSON (see [`read_object`]) or plain `HOST:PORT`.
///
/// # Errors
/// It is neither.
///
/// ```
/// let plain = evenkeel_discover::read_record("10.0.0.1:80")?;
/// let whole = evenkeel_discover::read_record(r#"{"address":"10.0.0.1:80","weight":5,"tags":{"zone":"a"}}"#)?;
/// assert_eq!((plain.weight(), whole.weight(), whole.tag("zone")), (1, 5, Some("a")));
/// # Ok::<(), evenkeel_discover::BadRecord>(())
/// ```
pub fn read_record(text: &str) -> Result<Instance, BadRecord> {
    let text = text.trim();
    if !text.starts_with('{') {
        return Ok(Instance::from(address(text)?));
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => read_object(&object),
        Ok(_) => Err(BadRecord::new("want a JSON object")),
        Err(error) => Err(BadRecord::new(format_args!("not JSON: {error}"))),
    }
}

/// Reads an instance from a JSON object.
///
/// `address` (`"HOST:PORT"`) or `addresses` (a list of them, in order of preference); `weight`, 0..=4294967295, 1 by default, 0 is
/// drained; `priority`, 0..=4294967295, the tier, 0 by default and best; `tags`, an object of texts, numbers and booleans. Other
/// fields are somebody else's and ignored.
///
/// # Errors
/// A field is missing or out of its bounds; the error names both.
pub fn read_object(object: &Map<String, Value>) -> Result<Instance, BadRecord> {
    let text = |value: &Value| {
        value.as_str().map(str::to_owned).ok_or_else(|| BadRecord::new("an address must be a text"))
    };
    let texts = match (object.get("address"), object.get("addresses")) {
        (Some(one), None) => vec![text(one)?],
        (None, Some(Value::Array(many))) if !many.is_empty() => {
            many.iter().map(text).collect::<Result<_, _>>()?
        }
        (Some(_), Some(_)) => return Err(BadRecord::new("want address or addresses, not both")),
        _ => return Err(BadRecord::new("want \"address\":\"HOST:PORT\" or a list \"addresses\"")),
    };
    let addresses = texts.iter().map(|text| address(text)).collect::<Result<Vec<_>, _>>()?;
    let number = |field: &str, default: u32| match object.get(field) {
        None => Ok(default),
        Some(value) => read_u32(field, value),
    };
    let mut tags = BTreeMap::new();
    match object.get("tags") {
        None | Some(Value::Null) => {}
        Some(Value::Object(object)) => {
            for (key, value) in object {
                tags.insert(Arc::from(key.as_str()), tag(key, value)?);
            }
        }
        Some(_) => return Err(BadRecord::new("tags must be an object")),
    }
    let weight = number("weight", 1)?;
    Ok(Instance::new(addresses).with_weight(weight).with_priority(number("priority", 0)?).with_tags(tags))
}

/// Reads a number of 32 bits; the error names the field and the bound.
///
/// # Errors
/// It is negative, too great, not whole or no number.
pub fn read_u32(field: &str, value: &Value) -> Result<u32, BadRecord> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    number
        .ok_or_else(|| BadRecord::new(format_args!("{field} {value}: want a whole number in 0..=4294967295")))
}

/// The record of an instance, as [`read_record`] reads it back whole.
pub fn write_record(instance: &Instance) -> String {
    write_object(instance).to_string()
}

/// The same as a JSON value.
pub fn write_object(instance: &Instance) -> Value {
    let addresses: Vec<_> = instance.addresses().iter().map(ToString::to_string).collect();
    let tags: Map<String, Value> =
        instance.tags().iter().map(|(key, value)| (key.to_string(), Value::from(&**value))).collect();
    serde_json::json!({
        "addresses": addresses,
        "weight": instance.weight(),
        "priority": instance.priority(),
        "tags": tags,
    })
}

fn address(text: &str) -> Result<Address, BadRecord> {
    text.parse().map_err(BadRecord::new)
}

fn tag(key: &str, value: &Value) -> Result<Arc<str>, BadRecord> {
    match value {
        Value::String(text) => Ok(text.as_str().into()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string().into()),
        _ => Err(BadRecord::new(format_args!("tag {key:?}: want a text"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bad_record_is_one_clear_error() {
        for (record, why) in [
            ("", "want HOST:PORT"),
            ("10.0.0.1", "want HOST:PORT"),
            ("10.0.0.1:0", "1..=65535"),
            ("{", "not JSON"),
            ("{}", "want \"address\""),
            (r#"{"addresses":[]}"#, "want \"address\""),
            (r#"{"address":"a:1","addresses":["b:1"]}"#, "not both"),
            (r#"{"address":7}"#, "must be a text"),
            (r#"{"address":"a:1","weight":-1}"#, "weight -1: want a whole number in 0..=4294967295"),
            (r#"{"address":"a:1","weight":4294967296}"#, "0..=4294967295"),
            (r#"{"address":"a:1","weight":1.5}"#, "0..=4294967295"),
            (r#"{"address":"a:1","weight":NaN}"#, "not JSON"),
            (r#"{"address":"a:1","weight":"5"}"#, "0..=4294967295"),
            (r#"{"address":"a:1","tags":[]}"#, "tags must be an object"),
            (r#"{"address":"a:1","tags":{"a":{}}}"#, "want a text"),
            ("{\"address\":\"a\u{1b}:1\"}", "not JSON"),
        ] {
            let error = read_record(record).unwrap_err().to_string();
            assert!(error.contains(why), "{record}: {error}");
        }
    }

    #[test]
    fn an_error_shows_little_of_a_long_record_and_no_control_characters() {
        let error = read_record(&format!("{}\u{7}:1", "x".repeat(1 << 20))).unwrap_err().to_string();
        assert!(error.len() < 1024 && !error.chars().any(char::is_control), "{error}");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_whole(
            hosts in prop::collection::vec("[a-z]{1,8}:[1-9][0-9]{0,3}", 1..4),
            weight: u32,
            priority: u32,
            tags in prop::collection::btree_map("[a-z]{1,4}", ".{0,8}", 0..4),
        ) {
            let tags = tags.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
            let addresses = hosts.iter().map(|text| text.parse().unwrap());
            let instance = Instance::new(addresses).with_weight(weight).with_priority(priority).with_tags(tags);
            prop_assert_eq!(read_record(&write_record(&instance)).unwrap(), instance);
        }

        #[test]
        fn any_text_is_a_record_or_an_error(text in ".{0,80}") {
            let _ = read_record(&text);
        }
    }
}
