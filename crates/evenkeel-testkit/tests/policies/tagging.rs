//! `tagging` over several children. The suite's instances have no tags, and its calls no metadata: both mean "".

use super::check;
use serde_json::{Value, json};

fn tagging(tags: &Value, on_no_match: &str, child: &Value) -> Value {
    json!({"tagging": {"tags": tags, "onNoMatch": on_no_match, "childPolicy": [child]}})
}

/// H 114, B 24, F19.
#[test]
fn tagging_keeps_its_promises_over_several_children() {
    let by_header = json!([{"key": "zone", "header": "x-zone"}]);
    for child in [
        json!({"round_robin": {}}),
        json!({"round_robin": {"order": "relaxed"}}),
        json!({"pick_first": {}}),
        json!({"custom_round_robin": {}}),
        tagging(&json!([{"key": "version", "header": "v"}]), "all", &json!({"round_robin": {}})),
    ] {
        check(&tagging(&by_header, "fail", &child));
    }
}

/// H 114, B 24, F19.
#[test]
fn tagging_keeps_its_promises_where_calls_go_that_nothing_matches() {
    let nobody = json!([{"key": "version", "header": "v"}, {"key": "zone", "value": "nowhere"}]);
    for child in [json!({"round_robin": {}}), json!({"pick_first": {}}), json!({"custom_round_robin": {}})] {
        check(&tagging(&nobody, "untagged", &child));
        check(&tagging(&nobody, "all", &child));
        check(&tagging(&json!([{"key": "zone", "value": ""}]), "fail", &child));
    }
}
