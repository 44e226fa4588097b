//! `lint`, `policies` and `sources`.

mod common;

use common::keel;
use serde_json::json;

#[test]
fn a_good_config_and_a_good_target_are_ok() {
    let good = r#"{"loadBalancingConfig":[{"custom_round_robin":{"chooseSecond":0}}]}"#;
    for args in
        [["--config", good], ["--target", "static:///10.0.0.1:80;weight=5"], ["--target", "unix:///run/x"]]
    {
        let run = keel(&["lint", args[0], args[1], "--json"]);
        assert_eq!((run.code, run.json()), (Some(0), json!({"ok": true, "errors": []})));
    }
}

/// F 97.
#[test]
fn an_error_has_path_policy_field_value_and_bound() {
    let run = keel(&[
        "lint",
        "--json",
        "--config",
        r#"{"loadBalancingConfig":[{"custom_round_robin":{"chooseSecond":-1}}]}"#,
    ]);
    let errors = &run.json()["errors"];
    assert_eq!((run.code, errors.as_array().map(Vec::len)), (Some(1), Some(1)));
    assert_eq!(errors[0]["path"], json!("loadBalancingConfig[0].custom_round_robin.chooseSecond"));
    assert_eq!(errors[0]["policy"], json!("custom_round_robin"));
    assert_eq!((&errors[0]["field"], &errors[0]["value"]), (&json!("chooseSecond"), &json!(-1)));
    assert_eq!(errors[0]["bound"], json!("a whole number in 0..=4294967295"));
}

#[test]
fn all_errors_of_a_config_are_told() {
    let config = r#"{"loadBalancingConfig":[{"nobody":{}}],"methodConfig":[{"name":[{"service":"a"}],"timeout":"x"}]}"#;
    let run = keel(&["lint", "--json", "--config", config]);
    assert_eq!((run.code, run.json()["errors"].as_array().map(Vec::len)), (Some(1), Some(2)), "{run:?}");
}

#[test]
fn a_config_is_read_from_a_file() {
    let file = format!("{}/lint.json", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&file, r#"{"loadBalancingConfig":[{"round_robin":{}}]}"#).expect("it is written");
    for args in [&[&*format!("@{file}")][..], &["--config", &format!("@{file}")]] {
        assert_eq!(keel(&[&["lint"], args].concat()).code, Some(0));
    }
    keel(&["lint", &file]).refused_with("write @");
    keel(&["lint", "@/no/such/file"]).refused_with("No such file");
    keel(&["lint"]).refused_with("--config");
}

#[test]
fn a_malformed_target_is_an_error_with_its_bound() {
    let run = keel(&["lint", "--json", "--target", "static:///10.0.0.1:65536"]);
    let error = &run.json()["errors"][0];
    assert_eq!((run.code, &error["path"]), (Some(1), &json!("target")));
    assert!(error["text"].as_str().expect("a text").contains("1..=65535"), "{error}");
}

#[test]
fn policies_tell_their_fields_defaults_and_bounds() {
    let all = keel(&["policies", "--json"]).json();
    let names: Vec<_> = all.as_array().expect("a list").iter().map(|p| p["name"].clone()).collect();
    for name in ["custom_round_robin", "pick_first", "round_robin"] {
        assert!(names.contains(&json!(name)), "{name}");
    }
    let one = keel(&["policies", "custom_round_robin", "--json"]).json();
    let field = json!({
        "name": "chooseSecond", "type": "whole", "default": 3, "min": 0, "max": u32::MAX,
        "text": one[0]["fields"][0]["text"],
    });
    assert_eq!(one, json!([{"name": "custom_round_robin", "aliases": [], "fields": [field]}]));
    assert!(keel(&["policies"]).stdout.contains("chooseSecond  default 3"));
    keel(&["policies", "nobody"]).refused_with("there is adaptive");
}

#[test]
fn sources_tell_their_form() {
    let all = keel(&["sources", "--json"]).json();
    let names: Vec<_> = all.as_array().unwrap().iter().map(|source| &source["name"]).collect();
    assert!(names.contains(&&json!("static")) && names.contains(&&json!("unix")), "{names:?}");
    assert!(keel(&["sources"]).stdout.contains("static:///HOST:PORT"));
}
