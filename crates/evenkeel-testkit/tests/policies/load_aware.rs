use crate::check;
use serde_json::json;

/// H 114, B 24, F52.
#[test]
fn least_request_keeps_its_promises() {
    for choices in [2, 3, 10] {
        check(&json!({"least_request": {"choiceCount": choices}}));
    }
}
