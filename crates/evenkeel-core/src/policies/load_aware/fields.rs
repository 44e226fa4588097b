use crate::{Field, FieldKind, MAX_DRAWN};
use serde::{Deserialize, Deserializer, de::Error};
use std::time::Duration;

/// The field `choiceCount` with this default: two choices do most of the work (Mitzenmacher 2001), one would be blind.
pub(in crate::policies) const fn choice_count(default: &'static str) -> Field {
    Field::whole("choiceCount", 2..=MAX_DRAWN as u64, default, "how many distinct endpoints a pick compares")
}

/// A field that takes durations, in milliseconds from `min` to `max`.
pub(in crate::policies) const fn duration_field(
    name: &'static str,
    min: u64,
    max: u64,
    default: &'static str,
    text: &'static str,
) -> Field {
    let kind = FieldKind::Duration { min: Duration::from_millis(min), max: Duration::from_millis(max) };
    Field::new(name, kind, default, text)
}

/// Reads a proto-JSON duration.
pub(in crate::policies) fn duration<'de, D: Deserializer<'de>>(json: D) -> Result<Duration, D::Error> {
    let value = serde_json::Value::deserialize(json)?;
    crate::service_config::duration(&value)
        .ok_or_else(|| D::Error::custom("want a duration such as \"0.5s\""))
}
