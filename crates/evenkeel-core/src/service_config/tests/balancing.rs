use super::*;

fn chosen(json: &Value) -> &'static str {
    good(json).load_balancing().unwrap().name()
}

/// Golden case 35 and F 92: unknown policy first in the list -> next known is used.
#[test]
fn the_first_known_policy_of_the_list_counts() {
    assert_eq!(
        chosen(&json!({"loadBalancingConfig": [{"nonexistent": {}}, {"round_robin": {}}]})),
        "round_robin"
    );
    assert_eq!(
        chosen(&json!({"loadBalancingConfig": [{"grpclb": {}}, {"ring": {}}, {"pick_first": {}}]})),
        "ring"
    );
}

/// Golden case 35 and F 92: all unknown -> error listing them.
#[test]
fn a_list_without_a_known_policy_is_invalid() {
    let error = &bad(&json!({"loadBalancingConfig": [{"nope": {}}]}))[0];
    assert_eq!(error.to_string(), "loadBalancingConfig: No known policies in list: nope");
    let error = &bad(&json!({"loadBalancingConfig": [{"nope": {}}, {"eds_experimental": {}}]}))[0];
    assert_eq!(error.problem, "No known policies in list: nope; known, not supported: eds_experimental");
}

/// Golden case 35: two keys -> invalid (oneof); a bad config -> invalid although the next is fine.
#[test]
fn later_entries_do_not_mend_a_wrong_one() {
    assert_eq!(
        places(&json!({"loadBalancingConfig": [{"round_robin": {}, "pick_first": {}}]})),
        ["loadBalancingConfig[0]"]
    );
    assert_eq!(
        places(&json!({"loadBalancingConfig": [{"round_robin": {"order": 1}}, {"pick_first": {}}]})),
        ["loadBalancingConfig[0].round_robin.order"]
    );
    assert_eq!(places(&json!({"loadBalancingConfig": {}})), ["loadBalancingConfig"]);
}

/// F 93: ring size 0, negative, 1e400, wrong types -> error naming policy and field.
#[test]
fn a_wrong_ring_size_is_an_error_naming_policy_and_field() {
    for size in ["0", "-1", "1e400", "-1e400", "\"1\"", "1.5", "8388609", "[]", "{}", "true", "1e3"] {
        let text = format!("{{\"loadBalancingConfig\":[{{\"ring\":{{\"minRingSize\":{size}}}}}]}}");
        let invalid = ServiceConfig::parse(&text, &registry()).unwrap_err();
        let [error] = invalid.errors() else { panic!("{invalid}") };
        assert_eq!(error.path, "loadBalancingConfig[0].ring.minRingSize", "{size}");
        assert_eq!(error.policy.as_deref(), Some("ring"));
        assert_eq!(error.field.as_deref(), Some("minRingSize"));
    }
}

#[test]
fn the_deprecated_name_counts_only_without_a_list() {
    assert_eq!(chosen(&json!({"loadBalancingPolicy": "round_robin"})), "round_robin");
    assert_eq!(chosen(&json!({"loadBalancingPolicy": "ROUND_ROBIN"})), "round_robin");
    assert_eq!(
        chosen(&json!({"loadBalancingPolicy": "nope", "loadBalancingConfig": [{"ring": {}}]})),
        "ring"
    );
    assert!(good(&json!({"loadBalancingPolicy": ""})).load_balancing().is_none());
}

#[test]
fn a_deprecated_name_that_is_not_known_is_an_error_naming_it() {
    let text = |name| bad(&json!({"loadBalancingPolicy": name}))[0].to_string();
    assert_eq!(
        text(json!("nope")),
        "loadBalancingPolicy: no known policy: nope, want the name of a known policy, got \"nope\""
    );
    assert!(text(json!("GRPCLB")).contains("known, not supported: grpclb"));
    assert!(text(json!("needy")).contains("needy needs a config"));
    assert!(text(json!(3)).contains("want a text, got 3"));
}

/// `depth` policies inside one another.
fn nested(depth: usize) -> Value {
    (1..depth).fold(json!([{"ring": {}}]), |child, _| json!([{"nope": {}}, {"ring": {"childPolicy": child}}]))
}

#[test]
fn policies_nest_sixteen_deep_and_no_deeper() {
    assert_eq!(chosen(&json!({"loadBalancingConfig": nested(MAX_NESTING)})), "ring");
    let error = &bad(&json!({"loadBalancingConfig": nested(MAX_NESTING + 1)}))[0];
    assert_eq!(
        error.to_string(),
        "loadBalancingConfig: too many policies inside one another, want at most 16"
    );
}

#[test]
fn what_is_not_chosen_may_nest_as_it_likes() {
    let list = json!([{"nope": nested(MAX_NESTING + 1)}, {"ring": {}}, {"ring": {"childPolicy": nested(MAX_NESTING)}}]);
    assert_eq!(chosen(&json!({"loadBalancingConfig": list})), "ring");
}
