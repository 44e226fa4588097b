use serde_json::Value;

/// What Consul 1.8 says against a service to be registered, in its words; nothing if it takes it.
pub(super) fn refuse(service: &Value) -> Option<String> {
    if service["Name"].as_str().unwrap_or_default().is_empty() {
        return Some("Missing service name".to_owned());
    }
    if matches!(service["Address"].as_str(), Some("0.0.0.0" | "::" | "[::]")) {
        return Some("Invalid service address".to_owned());
    }
    if let Some(weights) = service["Weights"].as_object() {
        let number = |key| weights.get(key).and_then(Value::as_i64).unwrap_or_default();
        if number("Passing") < 1 {
            return Some("Invalid Weights: Passing must be greater than 0".to_owned());
        }
        if number("Passing") > 65_535 || !(0..=65_535).contains(&number("Warning")) {
            return Some("Invalid Weights: DNS Weight must be between 0 and 65535".to_owned());
        }
    }
    let pairs = service["Meta"].as_object()?;
    if pairs.len() > 64 {
        return Some(
            "Invalid Service Meta: Node metadata cannot contain more than 64 key/value pairs".to_owned(),
        );
    }
    pairs.iter().find_map(|(key, value)| {
        let why = pair(key, value.as_str().unwrap_or_default())?;
        Some(format!("Invalid Service Meta: Couldn't load metadata pair ('{key}', '{value}'): {why}"))
    })
}

fn pair(key: &str, value: &str) -> Option<&'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if key.is_empty() {
        Some("Key cannot be blank")
    } else if !key.chars().all(plain) {
        Some("Key contains invalid characters")
    } else if key.len() > 128 {
        Some("Key is too long (limit: 128 characters)")
    } else if key.starts_with("consul-") {
        Some("Key prefix 'consul-' is reserved for internal use")
    } else if value.len() > 512 {
        Some("Value is too long (limit: 512 characters)")
    } else {
        None
    }
}
