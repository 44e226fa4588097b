use super::*;
use proptest::prelude::*;

fn full() -> Value {
    json!({
        "loadBalancingConfig": [{"nope": {}}, {"ring": {"minRingSize": 5, "childPolicy": [{"round_robin": {"order": "relaxed"}}]}}],
        "loadBalancingPolicy": "ROUND_ROBIN",
        "methodConfig": [
            {"name": [{}], "waitForReady": true, "timeout": "1.5s", "maxRequestMessageBytes": "7"},
            {"name": [{"service": "s"}, {"service": "s", "method": "m"}], "retryPolicy": {"maxAttempts": 3, "initialBackoff": "0.1s",
                "maxBackoff": "1s", "backoffMultiplier": 2, "retryableStatusCodes": [14, "ABORTED"]}},
            {"name": [{"service": "t"}], "hedgingPolicy": {"maxAttempts": 3, "hedgingDelay": "0.1s", "nonFatalStatusCodes": [14]}},
        ],
        "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.5},
        "healthCheckConfig": {"serviceName": "s"},
    })
}

/// Any JSON, made of what stands in configs so that it is often nearly right.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-2..20_i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec!["", "1s", "0.5s", "-1s", "s", "m", "UNAVAILABLE", "ring", "5"])
            .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let keys = vec![
        "loadBalancingConfig",
        "ring",
        "childPolicy",
        "minRingSize",
        "methodConfig",
        "name",
        "service",
        "method",
        "timeout",
        "retryPolicy",
        "maxAttempts",
        "retryThrottling",
        "maxTokens",
        "tokenRatio",
        "healthCheckConfig",
        "serviceName",
    ];
    leaf.prop_recursive(6, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(keys.clone()), inner), 0..5)
                .prop_map(|fields| fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

/// How many values there are in a value, itself included.
fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

/// The n-th value inside.
fn nth(value: &mut Value, n: usize) -> Option<&mut Value> {
    if n == 0 {
        return Some(value);
    }
    let inner: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(fields) => fields.values_mut().collect(),
        _ => vec![],
    };
    let mut left = n - 1;
    for value in inner {
        let here = size(value);
        if left < here {
            return nth(value, left);
        }
        left -= here;
    }
    None
}

/// What a config says, to be compared.
fn said(text: &str) -> Result<String, InvalidServiceConfig> {
    let config = ServiceConfig::parse(text, &registry())?;
    let methods = ["/s/m", "/s/x", "/t/m", "/", ""].map(|path| config.method(path));
    Ok(format!(
        "{:?} {methods:?} {:?} {:?}",
        config.load_balancing(),
        config.retry_throttling(),
        config.health_check()
    ))
}

fn check(text: &str) {
    let first = said(text);
    assert_eq!(first, said(text));
    if let Err(invalid) = first {
        assert!(!invalid.errors().is_empty());
        assert!(!invalid.to_string().is_empty());
    }
}

#[test]
fn the_full_config_is_good() {
    assert!(said(&full().to_string()).is_ok());
}

proptest! {
    #[test]
    fn any_json_is_read_the_same_twice_and_never_panics(json in any_json()) {
        check(&json.to_string());
    }

    #[test]
    fn any_text_is_read_the_same_twice_and_never_panics(text: String) {
        check(&text);
    }

    #[test]
    fn a_good_config_with_parts_replaced_never_panics(parts in prop::collection::vec((any::<usize>(), any_json()), 1..4)) {
        let mut config = full();
        for (place, part) in parts {
            let place = place % size(&config);
            *nth(&mut config, place).unwrap() = part;
        }
        check(&config.to_string());
    }

    #[test]
    fn a_good_config_cut_or_garbled_never_panics(place: prop::sample::Index, byte in any::<char>(), cut: bool) {
        let mut text = full().to_string();
        let place = place.index(text.len());
        if cut {
            text.truncate(place);
        } else {
            text.replace_range(place..=place, &byte.to_string());
        }
        check(&text);
    }
}
