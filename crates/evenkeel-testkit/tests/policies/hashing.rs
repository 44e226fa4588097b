use super::check;
use serde_json::json;

/// B 24, F16. A limit of fallbacks is a promise of its own, so none that is reached is set.
#[test]
fn consistent_hash_keeps_its_promises() {
    check(&json!({"consistent_hash": {"weighted": false}}));
    check(&json!({"consistent_hash": {"weighted": false, "pointsPerWeight": 1, "hashSeed": 7}}));
    check(&json!({"consist": {"weighted": false, "pointsPerWeight": 3, "maxFallbacks": 30}}));
    check(&json!({"consist": {"weighted": false, "requestHashHeader": "x-none", "onMissingKey": "random"}}));
}

/// B 24, with weights up to 2^32-1, each of which is 100,000 points.
#[test]
fn consistent_hash_by_weight_keeps_its_promises() {
    check(&json!({"consistent_hash": {"pointsPerWeight": 1}}));
}

/// B 24, B 39.
#[test]
fn bounded_load_keeps_its_promises() {
    let child = json!([{"consistent_hash": {"pointsPerWeight": 3, "weighted": false}}]);
    check(&json!({"bounded_load": {"childPolicy": child}}));
    check(&json!({"bounded_load": {"childPolicy": child, "loadFactor": 1.01}}));
    check(&json!({"bounded_load": {"childPolicy": child, "loadFactor": 1000}}));
}

/// B 24. A table of 23 places takes all sets of the suite; one of 5 refuses some.
#[test]
fn maglev_keeps_its_promises() {
    check(&json!({"maglev": {"tableSize": 23}}));
    check(&json!({"maglev": {"tableSize": 1009, "hashSeed": 7}}));
    check(&json!({"maglev": {"tableSize": 5, "onMissingKey": "random"}}));
    check(&json!({"bounded_load": {"childPolicy": [{"maglev": {"tableSize": 101}}]}}));
}

/// B 24.
#[test]
fn rendezvous_keeps_its_promises() {
    check(&json!({"rendezvous": {}}));
    check(&json!({"rendezvous": {"hashSeed": 7, "requestHashHeader": "x-none", "onMissingKey": "random"}}));
    check(&json!({"bounded_load": {"childPolicy": [{"rendezvous": {}}]}}));
}
