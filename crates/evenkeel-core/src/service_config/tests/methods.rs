use super::*;

/// A method config with these names, told apart by its timeout in seconds.
fn named(names: &Value, seconds: u64) -> Value {
    json!({"name": names, "timeout": format!("{seconds}s")})
}

fn seconds(config: &ServiceConfig, path: &str) -> Option<u64> {
    config.method(path).map(|method| method.timeout.unwrap().as_secs())
}

#[test]
fn the_method_counts_before_its_service_and_that_before_the_default() {
    let config = good(&json!({"methodConfig": [
        named(&json!([{}]), 1),
        named(&json!([{"service": "a.B"}, {"service": "a.C", "method": ""}]), 2),
        named(&json!([{"service": "a.B", "method": "M"}]), 3),
    ]}));
    let expected = [
        ("/a.B/M", 3),
        ("/a.B/N", 2),
        ("/a.C/M", 2),
        ("/a.D/M", 1),
        ("/a.B", 1),
        ("/", 1),
        ("", 1),
        ("a.B/M", 3),
        ("/a.B/", 2),
    ];
    for (path, timeout) in expected {
        assert_eq!(seconds(&config, path), Some(timeout), "{path}");
    }
}

#[test]
fn a_method_that_is_not_named_has_no_config_without_a_default() {
    let config = good(&json!({"methodConfig": [named(&json!([{"service": "a.B", "method": "M"}]), 3)]}));
    assert_eq!(seconds(&config, "/a.B/M"), Some(3));
    for path in ["/a.B/N", "/a.B/", "/a.B", "/M", "/a.B/M/", "//a.B/M", "", "/"] {
        assert_eq!(seconds(&config, path), None, "{path}");
    }
}

#[test]
fn the_configs_of_a_method_and_its_service_are_not_merged() {
    let config = good(&json!({"methodConfig": [
        {"name": [{"service": "s"}], "waitForReady": true, "timeout": "1s"},
        {"name": [{"service": "s", "method": "m"}]},
    ]}));
    assert_eq!(config.method("/s/m"), Some(&MethodConfig::default()));
}

/// Golden case 37: duplicate method names -> invalid.
#[test]
fn a_name_is_given_once() {
    for name in [json!({}), json!({"service": "s"}), json!({"service": "s", "method": "m"})] {
        let apart = json!({"methodConfig": [named(&json!([name]), 1), named(&json!([name]), 1)]});
        assert_eq!(places(&apart), ["methodConfig[1].name[0]"]);
        let together = json!({"methodConfig": [named(&json!([name, name]), 1)]});
        assert_eq!(places(&together), ["methodConfig[0].name[1]"]);
    }
    assert_eq!(
        places(&json!({"methodConfig": [named(&json!([{}, {"service": "", "method": null}]), 1)]})),
        ["methodConfig[0].name[1]"]
    );
}

#[test]
fn a_method_needs_its_service() {
    assert_eq!(
        places(&json!({"methodConfig": [named(&json!([{"method": "m"}]), 1)]})),
        ["methodConfig[0].name[0]"]
    );
    assert_eq!(
        places(&json!({"methodConfig": [named(&json!([{"service": 3}]), 1)]})),
        ["methodConfig[0].name[0].service"]
    );
}

#[test]
fn a_config_without_names_holds_for_nothing() {
    let config = good(&json!({"methodConfig": [{"timeout": "1s"}, {"timeout": "1s", "name": []}]}));
    assert_eq!(seconds(&config, "/a.B/M"), None);
}

#[test]
fn the_plain_fields_are_read() {
    let config = good(&json!({"methodConfig": [{"name": [{}], "waitForReady": false, "timeout": "0.25s",
        "maxRequestMessageBytes": "1024", "maxResponseMessageBytes": 0}]}));
    let method = config.method("/a.B/M").unwrap();
    assert_eq!(method.wait_for_ready, Some(false));
    assert_eq!(method.timeout, Some(Duration::from_millis(250)));
    assert_eq!(method.max_request_message_bytes, Some(1024));
    assert_eq!(method.max_response_message_bytes, Some(0));
    assert_eq!((method.retry, method.hedging), (None, None));
}

#[test]
fn message_sizes_are_whole_numbers_or_their_digits() {
    let config = |bytes: Value| json!({"methodConfig": [{"name": [{}], "maxRequestMessageBytes": bytes}]});
    let max = good(&config(json!(u64::MAX.to_string()))).method("/a/b").unwrap().max_request_message_bytes;
    assert_eq!(max, Some(u64::MAX));
    for wrong in [
        json!(-1),
        json!(1.5),
        json!("-1"),
        json!("+1"),
        json!(""),
        json!("1k"),
        json!("18446744073709551616"),
        json!(true),
    ] {
        assert_eq!(places(&config(wrong)), ["methodConfig[0].maxRequestMessageBytes"]);
    }
}
