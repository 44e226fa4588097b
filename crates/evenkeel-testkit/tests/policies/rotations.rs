//! The random policies and the rotations.

use super::check;
use serde_json::json;

/// H 114, B 24.
#[test]
fn random_keeps_its_promises() {
    check(&json!({"random": {}}));
}

/// H 114, B 24.
#[test]
fn weighted_random_keeps_its_promises() {
    check(&json!({"weighted_random": {}}));
    check(&json!({"weight_random": {}}));
    check(&json!({"weight_random_with_alias_method": {}}));
}

/// H 114, B 24.
#[test]
fn interleaved_weighted_round_robin_keeps_its_promises() {
    check(&json!({"interleaved_weighted_round_robin": {}}));
    check(&json!({"interleaved_weighted_round_robin": {"order": "relaxed"}}));
}
