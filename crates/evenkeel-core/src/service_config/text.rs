use crate::{BadConfig, Registry};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// The longest text of a config in bytes, 256 KiB: a real one has a few thousand, and a source may be hostile.
pub const MAX_BYTES: usize = 256 * 1024;

/// The text as JSON.
pub(super) fn parse(text: &str, registry: &Registry) -> Result<Value, BadConfig> {
    if text.len() > MAX_BYTES {
        let bad = BadConfig::new("", format!("the config has {} bytes", text.len()));
        return Err(BadConfig { bound: Some(format!("at most {MAX_BYTES}")), ..bad });
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let place = error.path().clone();
        broken(error.inner(), &place, registry)
    })?;
    json.end().map_err(|error| BadConfig::new("", format!("no JSON: {error}")))?;
    Ok(value)
}

/// The error, with line and column in its text. The path is known too: a number such as 1e400 fails here, in its field.
fn broken(error: &serde_json::Error, place: &Path, registry: &Registry) -> BadConfig {
    let keys = || {
        place.iter().filter_map(|segment| match segment {
            Segment::Map { key } => Some(key.as_str()),
            _ => None,
        })
    };
    let path = place.to_string();
    // "?" is what a place is called that the text ended before.
    let path = if path == "." || path == "?" { String::new() } else { path };
    BadConfig {
        policy: keys().rfind(|key| registry.find(key).is_some()).map(str::to_owned),
        field: keys().next_back().map(str::to_owned),
        ..BadConfig::new(path, format!("no JSON: {error}"))
    }
}
