use super::{Slice, read_slice, refusal::Status};
use crate::{KubernetesError, access::Config};
use evenkeel_discover::BadRecord;
use serde::Deserialize;
use serde_json::Value;

/// What a line of a watch says.
#[derive(Debug)]
pub(crate) enum Event {
    /// A slice is new or changed.
    Put { name: String, slice: Result<Slice, BadRecord>, version: Option<String> },
    /// A slice is gone.
    Deleted { name: String, version: Option<String> },
    /// Nothing happened up to this version.
    Bookmark { version: Option<String> },
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    object: Value,
}

impl Event {
    /// Reads a line. An event of kind ERROR is an error.
    pub(crate) fn read(line: &[u8], config: &Config) -> Result<Self, KubernetesError> {
        let malformed = |why: String| KubernetesError::Malformed { what: "the watch", why };
        let Line { kind, object } =
            serde_json::from_slice(line).map_err(|error| malformed(error.to_string()))?;
        let version = object.pointer("/metadata/resourceVersion").and_then(Value::as_str);
        let version = version.filter(|version| !version.is_empty()).map(str::to_owned);
        let nameless = || malformed(format!("an event of kind {kind} without a name"));
        match kind.as_str() {
            "ADDED" | "MODIFIED" => {
                let (name, slice) = read_slice(object).ok_or_else(nameless)?;
                Ok(Self::Put { name, slice, version })
            }
            "DELETED" => {
                let name = object.pointer("/metadata/name").and_then(Value::as_str).ok_or_else(nameless)?;
                Ok(Self::Deleted { name: name.to_owned(), version })
            }
            "BOOKMARK" => Ok(Self::Bookmark { version }),
            "ERROR" => {
                let status: Status =
                    serde_json::from_value(object).map_err(|error| malformed(error.to_string()))?;
                Err(status.refused(config))
            }
            _ => Err(malformed("an event of an unknown kind".to_owned())),
        }
    }
}
