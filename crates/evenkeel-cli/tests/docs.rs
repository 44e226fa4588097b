//! The pages on policies say what `keel` says.

mod common;

use common::keel;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/policies")
}

fn page(name: &str) -> String {
    let file = docs().join(format!("{name}.md"));
    let text = fs::read_to_string(&file);
    assert!(text.is_ok(), "no page {}", file.display());
    text.expect("it was checked")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The policies that have a page: all but the example's.
fn policies() -> Vec<Value> {
    let all = keel(&["policies", "--json"]).json();
    let ours: Vec<_> = list(&all).iter().filter(|p| p["name"] != "custom_round_robin").cloned().collect();
    assert!(!ours.is_empty());
    ours
}

#[test]
fn each_policy_has_a_page_with_its_picture_that_the_first_page_links() {
    let first = page("README");
    for policy in policies() {
        let name = text(&policy["name"]);
        assert!(first.contains(&format!("]({name}.md)")), "README.md does not link {name}.md");
        assert!(page(name).contains(&format!("](pictures/{name}.svg)")), "{name}.md shows no picture");
        assert!(docs().join(format!("pictures/{name}.svg")).is_file(), "no picture of {name}");
        for alias in list(&policy["aliases"]) {
            let quoted = format!("`{}`", text(alias));
            assert!(first.contains(&quoted) && page(name).contains(&quoted), "{name} is also {quoted}");
        }
    }
}

#[test]
fn each_table_has_the_fields_that_keel_tells() {
    for policy in policies() {
        let name = text(&policy["name"]);
        let page = page(name);
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
        let mut fields: Vec<(String, &Value)> = Vec::new();
        for field in list(&policy["fields"]) {
            let outer = text(&field["name"]);
            fields.push((outer.to_owned(), field));
            fields.extend(
                list(&field["fields"]).iter().map(|f| (format!("{outer}[].{}", text(&f["name"])), f)),
            );
        }
        assert_eq!(rows.len(), fields.len(), "{name}.md has other rows than {fields:?}");
        for (path, field) in fields {
            let row = rows.iter().find(|row| row.starts_with(&format!("| `{path}` |")));
            let row = row.map_or("", |row| *row);
            let says = |what: &str| assert!(row.contains(what), "{name}.md, {path}: no {what} in {row:?}");
            match &field["default"] {
                Value::Null => {
                    assert!(["| required |", "| optional |"].iter().any(|w| row.contains(w)), "{row:?}");
                }
                default => says(&format!("| `{default}` |")),
            }
            let (min, max) = (bound(&field["min"]), bound(&field["max"]));
            if !max.is_empty() {
                says(&format!("| {min} to {max} |"));
            }
            for value in list(&field["values"]) {
                says(&format!("`{value}`"));
            }
        }
    }
}

/// As people write it: `60s`, `1.01`, `1000`.
fn bound(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        number => number.to_string().trim_end_matches(".0").to_owned(),
    }
}

#[test]
fn each_config_on_the_pages_is_a_good_one() {
    let names: Vec<String> = policies().iter().map(|policy| text(&policy["name"]).to_owned()).collect();
    for name in names.iter().map(String::as_str).chain(["README"]) {
        let page = page(name);
        let blocks: Vec<&str> =
            page.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        assert!(!blocks.is_empty(), "{name}.md has no config");
        for block in blocks {
            let run = keel(&["lint", "--config", block]);
            assert_eq!(run.code, Some(0), "{name}.md: {block}{}", run.stdout);
        }
    }
}
