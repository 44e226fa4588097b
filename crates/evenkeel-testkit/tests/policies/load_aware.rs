use crate::check;
use evenkeel_core::policies;
use serde_json::json;

/// H 114, B 24, F52.
#[test]
fn least_request_keeps_its_promises() {
    for choices in [2, 3, 10] {
        check(&json!({"least_request": {"choiceCount": choices}}));
    }
}

/// H 114, B 24, F52.
#[test]
fn peak_ewma_keeps_its_promises() {
    check(&json!({"peak_ewma": {}}));
    let fields =
        json!({"decay": "0.01s", "choiceCount": 10, "failurePenalty": "0s", "defaultLatency": "60s"});
    check(&json!({"peak_ewma": fields}));
    check(&json!({"peak_ewma": {"decay": "3600s", "failurePenalty": "600s", "defaultLatency": "0.001s"}}));
}

/// H 114, B 24, F52, F53.
#[test]
fn adaptive_keeps_its_promises() {
    check(&json!({"adaptive": {}}));
    check(&json!({"adaptive": {"decay": "0.01s", "choiceCount": 2, "failurePenalty": "0s", "rampUp": "0s"}}));
    let fields = json!({"decay": "60s", "choiceCount": 10, "failurePenalty": "600s", "rampUp": "600s"});
    check(&json!({"adaptive": fields}));
}

/// E 79: values out of bounds are refused by name.
#[test]
fn fields_out_of_bounds_are_refused() {
    for (policy, field, value) in [
        ("least_request", "choiceCount", json!(1)),
        ("least_request", "choiceCount", json!(11)),
        ("peak_ewma", "decay", json!("0s")),
        ("peak_ewma", "defaultLatency", json!("0s")),
        ("peak_ewma", "failurePenalty", json!("-1s")),
        ("adaptive", "choiceCount", json!("5")),
        ("adaptive", "rampUp", json!("601s")),
    ] {
        let config = json!([{policy: {field: value}}]);
        let error = policies::registry().choose(&config).unwrap_err();
        assert_eq!((error.policy.as_deref(), error.field.as_deref()), (Some(policy), Some(field)));
    }
    assert_eq!(policies::default_choice().name(), "adaptive");
}
