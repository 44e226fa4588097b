use crate::{FileError, format::Format};
use evenkeel_core::{Instance, Snapshot};
use evenkeel_discover::{BadRecord, Gather, read_object, read_record};
use serde_json::Value;

/// The set that a text describes. A bad record is left out and reported.
pub(crate) fn read_document(text: &str, format: Format) -> Result<Snapshot, FileError> {
    if text.trim().is_empty() {
        return Err(FileError::Empty);
    }
    let (records, service_config) = match format.parse(text)? {
        Value::Array(records) => (records, None),
        Value::Object(mut object) => {
            let config = service_config(object.remove("serviceConfig"))?;
            match object.remove("instances") {
                Some(Value::Array(records)) => (records, config),
                _ => return Err(FileError::Shape("a list in \"instances\"")),
            }
        }
        _ => return Err(FileError::Shape("a list of instances, or an object with one in \"instances\"")),
    };
    let mut gather = Gather::new();
    for (n, record) in records.iter().enumerate() {
        gather.record(format_args!("instance {}", n + 1), read(record));
    }
    let set = gather.set();
    Ok(match service_config {
        Some(json) => set.with_service_config(json),
        None => set,
    })
}

fn service_config(value: Option<Value>) -> Result<Option<String>, FileError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(config @ Value::Object(_)) => Ok(Some(config.to_string())),
        Some(_) => Err(FileError::Shape("an object in \"serviceConfig\"")),
    }
}

fn read(record: &Value) -> Result<Instance, BadRecord> {
    match record {
        Value::String(text) => read_record(text),
        Value::Object(object) => read_object(object),
        _ => Err(BadRecord::new("want a text HOST:PORT or an object")),
    }
}

#[cfg(test)]
mod tests;
