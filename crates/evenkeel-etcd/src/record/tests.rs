use super::read;
use proptest::prelude::*;

fn seen(value: &str, scale: u32) -> String {
    match read(value.as_bytes(), scale) {
        Ok(instance) => format!("{} {} {:?}", instance.name(), instance.weight(), instance.tags()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn three_formats_are_told_apart() {
    for (value, want) in [
        ("10.0.0.1:80", "10.0.0.1:80 1 {}"),
        (" 10.0.0.1:80\n", "10.0.0.1:80 1 {}"),
        ("http://10.0.0.1:80", "10.0.0.1:80 1 {}"),
        ("https://a.internal:80/", "a.internal:80 1 {}"),
        (r#"{"address":"10.0.0.1:80","weight":5,"tags":{"zone":"a"}}"#, r#"10.0.0.1:80 5 {"zone": "a"}"#),
        (
            r#"{"network":"tcp","address":"10.0.0.1:80","weight":20,"tags":{"zone":"a"}}"#,
            r#"10.0.0.1:80 20 {"zone": "a"}"#,
        ),
        (r#"{"network":"tcp4","address":"10.0.0.1:80","tags":null}"#, "10.0.0.1:80 10 {}"),
        (r#"{"network":"unix","address":"/run/x.sock","weight":1}"#, "unix:/run/x.sock 1 {}"),
        (r#"{"Network":"tcp","Address":"10.0.0.1:80","Weight":7,"Tags":{}}"#, "10.0.0.1:80 7 {}"),
    ] {
        assert_eq!(seen(value, 1), want);
    }
}

/// F02: 0 drains in Evenkeel's own records; Kitex's registry turns it into 10.
#[test]
fn weight_0_drains_in_our_own_format_only() {
    assert_eq!(seen(r#"{"address":"a:1","weight":0}"#, 10), "a:1 0 {}");
    for weight in ["0", "-1", "null"] {
        let value = format!(r#"{{"network":"tcp","address":"a:1","weight":{weight}}}"#);
        assert_eq!(seen(&value, 10), "a:1 10 {}");
    }
}

#[test]
fn weight_scale_is_for_all_but_kitex() {
    assert_eq!(seen("a:1", 10), "a:1 10 {}");
    assert_eq!(seen(r#"{"address":"a:1","weight":3}"#, 10), "a:1 30 {}");
    assert_eq!(seen(r#"{"network":"tcp","address":"a:1","weight":3}"#, 10), "a:1 3 {}");
    assert_eq!(
        seen(r#"{"address":"a:1","weight":4294967295}"#, 2),
        "weight 4294967295 times weight_scale 2 is over 4294967295"
    );
}

#[test]
fn a_bad_record_is_one_clear_error() {
    for (value, why) in [
        ("", "want HOST:PORT"),
        ("10.0.0.1:0", "1..=65535"),
        ("http://10.0.0.1", "want HOST:PORT"),
        ("http://10.0.0.1:80/path", "1..=65535"),
        ("a\u{7}:1", "letters, digits"),
        ("{", "not JSON"),
        ("{\"address\":\"a:1\",\"weight\":\"5\"}", "0..=4294967295"),
        (r#"{"network":"udp","address":"a:1"}"#, "tcp or unix"),
        (r#"{"network":7,"address":"a:1"}"#, "tcp or unix"),
        (r#"{"network":"tcp"}"#, "want HOST:PORT"),
        (r#"{"network":"tcp","address":"a:1","weight":"5"}"#, "0..=4294967295"),
        (r#"{"network":"tcp","address":"a:1","weight":4294967296}"#, "0..=4294967295"),
        (r#"{"network":"tcp","address":"a:1","weight":1.5}"#, "0..=4294967295"),
        (r#"{"network":"tcp","address":"a:1","tags":[]}"#, "tags must be an object"),
    ] {
        let error = seen(value, 1);
        assert!(error.contains(why), "{value:?}: {error}");
    }
    assert_eq!(read(b"\xff:1", 1).unwrap_err().to_string(), "it is not UTF-8");
}

proptest! {
    #[test]
    fn any_bytes_are_a_record_or_an_error(value in prop::collection::vec(any::<u8>(), 0..80), scale: u32) {
        let _ = read(&value, scale);
    }

    #[test]
    fn any_fields_are_a_record_or_an_error(
        network in "tcp|unix|\\PC{0,4}",
        address in "[a-z:0-9/]{0,12}",
        weight: i64,
    ) {
        let value = serde_json::json!({ "network": network, "address": address, "weight": weight }).to_string();
        if let Ok(instance) = read(value.as_bytes(), 1) {
            prop_assert_eq!(i64::from(instance.weight()), if weight > 0 { weight } else { 10 });
        }
    }

    /// G 111: good records with a few bytes changed.
    #[test]
    fn a_damaged_record_is_a_record_or_a_short_error(
        record in prop::sample::select(vec![
            r#"{"address":"10.0.0.1:80","weight":5,"priority":1,"tags":{"zone":"a","n":7}}"#,
            r#"{"addresses":["[::1]:80","unix:/x","[fe80::1%eth0]:1"],"weight":0}"#,
            r#"{"Network":"tcp","Address":"10.0.0.1:80","Weight":20,"Tags":{"zone":"a"}}"#,
            "https://a.internal:80/",
        ]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        scale: u32,
    ) {
        let mut bytes = record.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Err(error) = read(&bytes, scale) {
            let error = error.to_string();
            prop_assert!(error.len() < 2048 && !error.chars().any(char::is_control), "{}", error);
        }
    }
}

/// G 111: records of 1 MiB.
#[test]
fn a_long_record_costs_little_time() {
    let addresses =
        |n: usize| (0..n).map(|n| format!("\"h{}:{}\"", n >> 12, n % 4096 + 1)).collect::<Vec<_>>().join(",");
    let tags = (0..60_000).map(|n| format!("\"k{n}\":{n}")).collect::<Vec<_>>().join(",");
    for record in [
        format!(r#"{{"addresses":[{}]}}"#, addresses(100_000)),
        format!(r#"{{"address":"a:1","tags":{{{tags}}}}}"#),
        format!(r#"{{"network":"tcp","address":"a:1","tags":{{{tags}}}}}"#),
        format!(r#"{{"x":{}1{},"address":"a:1"}}"#, "[".repeat(500_000), "]".repeat(500_000)),
        format!("http://{}:1", "a.".repeat(500_000)),
    ] {
        let began = std::time::Instant::now();
        let _ = read(record.as_bytes(), 1);
        assert!(began.elapsed() < std::time::Duration::from_secs(2), "{:?}: {:.60}", began.elapsed(), record);
    }
}
