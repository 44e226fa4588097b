use evenkeel_core::Instance;
use evenkeel_discover::{BadRecord, read_object};
use serde_json::{Map, Value, json};

/// What Kitex's registry-etcd takes an instance without a weight to have.
const DEFAULT_WEIGHT: i64 = 10;

/// A field of an object. Go's decoder, which Kitex reads with, takes no notice of case.
fn field<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| {
        let mut fields = object.iter();
        fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    })
}

/// Whether this is a record of Kitex's registry-etcd: it alone has a field `network`.
pub(super) fn is_kitex(object: &Map<String, Value>) -> bool {
    field(object, "network").is_some()
}

/// Reads `{"network":"tcp","address":"10.0.0.1:8888","weight":10,"tags":{"zone":"a"}}`.
///
/// As in Kitex, a weight that is missing or not above 0 reads as 10: such a record cannot drain its instance.
pub(super) fn read(object: &Map<String, Value>) -> Result<Instance, BadRecord> {
    let address = field(object, "address").and_then(Value::as_str).unwrap_or_default();
    let address = match field(object, "network").and_then(Value::as_str) {
        Some("tcp" | "tcp4" | "tcp6") => address.to_owned(),
        Some("unix") => format!("unix:{address}"),
        _ => return Err(BadRecord::new("want the network tcp or unix")),
    };
    let weight = match field(object, "weight") {
        None | Some(Value::Null) => json!(DEFAULT_WEIGHT),
        Some(weight) if weight.as_i64().is_some_and(|weight| weight <= 0) => json!(DEFAULT_WEIGHT),
        Some(weight) => weight.clone(),
    };
    let mut record = Map::from_iter([("address".to_owned(), json!(address)), ("weight".to_owned(), weight)]);
    if let Some(tags) = field(object, "tags") {
        record.insert("tags".to_owned(), tags.clone());
    }
    read_object(&record)
}
