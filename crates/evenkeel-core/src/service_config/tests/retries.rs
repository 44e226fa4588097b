use super::*;

/// A good retry policy with one field changed; `null` takes it away.
fn retry(field: &str, value: &Value) -> Value {
    let mut policy = json!({"maxAttempts": 3, "initialBackoff": "0.1s", "maxBackoff": "1s", "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"]});
    policy[field] = value.clone();
    json!({"methodConfig": [{"name": [{}], "retryPolicy": policy}]})
}

fn read(json: &Value) -> RetryPolicy {
    good(json).method("/a.B/C").unwrap().retry.unwrap()
}

/// Golden case 37: maxAttempts 1 -> invalid ("must be at least 2"); maxAttempts 7 -> acts as 5.
#[test]
fn attempts_are_at_least_two_and_act_as_at_most_five() {
    for (asked, got) in [(2, 2), (5, 5), (6, 5), (7, 5), (u64::MAX, 5)] {
        assert_eq!(read(&retry("maxAttempts", &json!(asked))).max_attempts, got);
    }
    let text = bad(&retry("maxAttempts", &json!(1)))[0].to_string();
    assert!(
        text.starts_with("methodConfig[0].retryPolicy.maxAttempts: ")
            && text.contains("must be at least 2, got 1"),
        "{text}"
    );
    for wrong in [json!(0), json!(-1), json!(2.5), json!("2"), json!([])] {
        assert_eq!(places(&retry("maxAttempts", &wrong)), ["methodConfig[0].retryPolicy.maxAttempts"]);
    }
}

#[test]
fn each_field_of_a_retry_policy_is_needed_and_bounded() {
    let wrong = [
        ("maxAttempts", vec![]),
        ("initialBackoff", vec![json!("0s"), json!("-1s"), json!(1)]),
        ("maxBackoff", vec![json!("0s"), json!("-1s"), json!("1")]),
        ("backoffMultiplier", vec![json!(0), json!(-0.5), json!("2"), json!(-0.0)]),
        ("retryableStatusCodes", vec![json!([]), json!("UNAVAILABLE")]),
    ];
    for (field, values) in wrong {
        for value in values.into_iter().chain([Value::Null]) {
            let path = format!("methodConfig[0].retryPolicy.{field}");
            assert_eq!(places(&retry(field, &value)), [path], "{value}");
        }
    }
}

#[test]
fn codes_are_names_in_any_case_or_numbers() {
    let codes =
        read(&retry("retryableStatusCodes", &json!(["unavailable", "Aborted", 4, 0, 16, 16]))).retryable;
    let expected =
        [Code::Ok, Code::DeadlineExceeded, Code::Aborted, Code::Unavailable, Code::Unauthenticated];
    assert_eq!(codes.iter().collect::<Vec<_>>(), expected);
    assert_eq!(codes, expected.into_iter().collect());
    assert!(!codes.contains(Code::Internal) && !codes.is_empty());
    let wrong = json!(["UNAVAILABLE", "NOPE", 17, -1, 1.5, null, "14"]);
    let at = |n| format!("methodConfig[0].retryPolicy.retryableStatusCodes[{n}]");
    assert_eq!(places(&retry("retryableStatusCodes", &wrong)), [at(1), at(2), at(3), at(4), at(5), at(6)]);
}

/// Golden case 77: backoff 0.1s x2 max 1s: waits .1 .2 .4 .8 1 1.
#[test]
fn waits_grow_to_the_longest() {
    let policy = read(&retry("maxAttempts", &json!(5)));
    let waits: Vec<_> = (1..=6).map(|retry| policy.backoff(retry).as_millis()).collect();
    assert_eq!(waits, [100, 200, 400, 800, 1000, 1000]);
    assert_eq!(policy.backoff(0), policy.backoff(1));
    assert_eq!(policy.backoff(u32::MAX), policy.max_backoff);
    let steep = RetryPolicy { backoff_multiplier: f64::MAX, ..policy };
    assert_eq!(steep.backoff(3), policy.max_backoff);
    let falling = RetryPolicy { backoff_multiplier: f64::MIN_POSITIVE, ..policy };
    assert_eq!(falling.backoff(u32::MAX), Duration::ZERO);
}

#[test]
fn hedging_has_defaults() {
    let hedging = |policy: Value| json!({"methodConfig": [{"name": [{}], "hedgingPolicy": policy}]});
    let read = |policy| good(&hedging(policy)).method("/a.B/C").unwrap().hedging.unwrap();
    let least = read(json!({"maxAttempts": 9}));
    assert_eq!((least.max_attempts, least.delay, least.non_fatal), (5, Duration::ZERO, Codes::default()));
    let full = read(json!({"maxAttempts": 2, "hedgingDelay": "0.5s", "nonFatalStatusCodes": [14]}));
    assert_eq!(full.delay, Duration::from_millis(500));
    assert!(full.non_fatal.contains(Code::Unavailable));
    assert!(read(json!({"maxAttempts": 2, "nonFatalStatusCodes": []})).non_fatal.is_empty());
    let wrong = json!({"maxAttempts": 1, "hedgingDelay": 1, "nonFatalStatusCodes": [99]});
    let at = |field| format!("methodConfig[0].hedgingPolicy.{field}");
    assert_eq!(
        places(&hedging(wrong)),
        [at("maxAttempts"), at("hedgingDelay"), at("nonFatalStatusCodes[0]")]
    );
}

#[test]
fn a_method_is_retried_or_hedged_not_both() {
    let mut both = retry("maxAttempts", &json!(3));
    both["methodConfig"][0]["hedgingPolicy"] = json!({"maxAttempts": 2});
    assert_eq!(places(&both), ["methodConfig[0].hedgingPolicy"]);
}

fn throttling(max: &Value, ratio: &Value) -> Value {
    json!({"retryThrottling": {"maxTokens": max, "tokenRatio": ratio}})
}

/// Golden case 37: maxTokens 0 -> invalid; 1001 -> invalid.
#[test]
fn tokens_are_whole_and_at_most_a_thousand() {
    for max in [1, 10, 1000] {
        assert_eq!(good(&throttling(&json!(max), &json!(0.1))).retry_throttling().unwrap().max_tokens, max);
    }
    for wrong in [json!(0), json!(1001), json!(-1), json!(10.5), json!("10"), json!(null), json!(u64::MAX)] {
        assert_eq!(places(&throttling(&wrong, &json!(0.1))), ["retryThrottling.maxTokens"]);
    }
    assert_eq!(
        places(&json!({"retryThrottling": {}})),
        ["retryThrottling.maxTokens", "retryThrottling.tokenRatio"]
    );
}

/// Golden case 37: tokenRatio 0.5466 -> 0.546.
#[test]
fn a_ratio_keeps_three_decimals_and_the_rest_is_cut() {
    let ratio = |n: Value| good(&throttling(&json!(10), &n)).retry_throttling().unwrap().ratio_thousandths;
    let expected = [
        (json!(0.5466), 546),
        (json!(0.546_999_9), 546),
        (json!(1.001), 1001),
        (json!(0.001), 1),
        (json!(0.1), 100),
        (json!(1), 1000),
        (json!(2.5), 2500),
        (json!(1e3), 1_000_000),
        (json!(1e300), 1_000_000),
        (json!(u64::MAX), 1_000_000),
    ];
    for (n, thousandths) in expected {
        assert_eq!(ratio(n.clone()), thousandths, "{n}");
    }
    for thousandths in (1..=1_000_000).step_by(37) {
        let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
        let n: f64 = text.parse().unwrap();
        assert_eq!(ratio(json!(n)), thousandths, "{n}");
    }
}

#[test]
fn a_ratio_that_is_cut_to_nothing_is_invalid() {
    for wrong in [
        json!(0),
        json!(0.0004),
        json!(0.000_999),
        json!(1e-9),
        json!(-0.5),
        json!("0.5"),
        json!(null),
        json!(-0.0),
    ] {
        assert_eq!(places(&throttling(&json!(10), &wrong)), ["retryThrottling.tokenRatio"], "{wrong}");
    }
}
