use evenkeel_core::Instance;
use evenkeel_discover::{BadRecord, read_object, read_record};
use serde_json::{Map, Value};

/// Reads a child: what it says, or its name if it says nothing.
pub(crate) fn read(name: &str, data: &[u8]) -> Result<Instance, BadRecord> {
    if data.is_empty() {
        return read_record(name);
    }
    let text = std::str::from_utf8(data).map_err(|_| BadRecord::new("it is not UTF-8"))?;
    match curator(text) {
        Some(object) => read_object(&object),
        None => read_record(text),
    }
}

/// What Apache Curator's service discovery writes has the host in `address` and the port in a field of its own; the same with both in
/// `address`.
fn curator(text: &str) -> Option<Map<String, Value>> {
    let mut object: Map<String, Value> = serde_json::from_str(text).ok()?;
    let port = object.get("port")?.as_u64()?;
    let host = object.get("address")?.as_str()?;
    let address = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    object.insert("address".to_owned(), Value::from(address));
    Some(object)
}

#[cfg(test)]
mod tests {
    use super::read;

    /// F47.
    #[test]
    fn a_child_is_json_or_plain_or_named_by_its_address() {
        let curator = r#"{"name":"echo","id":"7","address":"10.0.0.3","port":80,"sslPort":null,"payload":{"a":1},"weight":3}"#;
        for (name, data, want) in [
            ("a", r#"{"address":"10.0.0.1:80","weight":5}"#, ("10.0.0.1:80", 5)),
            ("b", "10.0.0.2:80\n", ("10.0.0.2:80", 1)),
            ("7", curator, ("10.0.0.3:80", 3)),
            ("8", r#"{"address":"::1","port":80}"#, ("[::1]:80", 1)),
            ("10.0.0.4:80", "", ("10.0.0.4:80", 1)),
        ] {
            let read = read(name, data.as_bytes()).unwrap();
            assert_eq!((read.name().as_str(), read.weight()), want);
        }
    }

    #[test]
    fn a_child_that_is_no_instance_is_one_clear_error() {
        for (name, data, why) in [
            ("lock", "", "want HOST:PORT"),
            ("a:1", "?", "want HOST:PORT"),
            ("a:1", "{", "not JSON"),
            ("a:1", r#"{"address":"10.0.0.3","port":65536}"#, "1..=65535"),
            ("a:1", r#"{"address":"10.0.0.3","port":null}"#, "want HOST:PORT"),
        ] {
            let error = read(name, data.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why), "{data}: {error}");
        }
        assert_eq!(read("a:1", &[0xff]).unwrap_err().to_string(), "it is not UTF-8");
    }
}
