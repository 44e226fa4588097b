//! `keel policies`: what can be chosen by name.

use crate::cli::{self, CliError, Table, Verdict, registry};
use clap::Args;
use evenkeel::core::{Field, FieldKind, PolicyInfo};
use serde::Serialize;
use serde_json::{Value, json};
use std::{fmt::Write, time::Duration};

/// List the policies, with their fields, defaults and bounds
#[derive(Debug, Args)]
pub(crate) struct PoliciesArgs {
    /// Only this one
    #[arg(value_name = "NAME")]
    name: Option<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One policy as JSON.
#[derive(Debug, Serialize)]
struct PolicyJson {
    name: &'static str,
    aliases: &'static [&'static str],
    fields: Vec<FieldJson>,
    /// Told of those that do.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    by_key: bool,
}

/// One field of a policy, or one option of a source, as JSON.
#[derive(Debug, Serialize)]
pub(crate) struct FieldJson {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    default: Value,
    /// Told of those that are.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    required: bool,
    min: Value,
    max: Value,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    values: &'static [&'static str],
    /// Of each object in a list.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    fields: Vec<FieldJson>,
    text: &'static str,
}

/// Prints the policies.
pub(crate) fn run(args: &PoliciesArgs) -> Result<Verdict, CliError> {
    let registry = registry();
    let list: Vec<PolicyInfo> = match &args.name {
        None => registry.policies().collect(),
        Some(name) => vec![registry.find(name).ok_or_else(|| {
            let names: Vec<_> = registry.policies().map(|policy| policy.name).collect();
            CliError::flag("NAME", format!("no policy {name:?}; there is {}", names.join(", ")))
        })?],
    };
    if args.json {
        cli::json(&list.iter().map(PolicyJson::from).collect::<Vec<_>>())?;
    } else {
        cli::print(list.iter().map(text).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(Verdict::Good)
}

fn text(policy: &PolicyInfo) -> String {
    let mut text = policy.name.to_owned();
    if !policy.aliases.is_empty() {
        let _ = write!(text, " (also: {})", policy.aliases.join(", "));
    }
    text.push('\n');
    if policy.fields.is_empty() {
        return text + "  no fields\n";
    }
    let mut table = Table::new(usize::MAX);
    for field in policy.fields {
        table.row(row("", field));
        for inner in inner(field) {
            table.row(row("- ", inner));
        }
    }
    text + &table.to_string()
}

/// A field as cells of a table.
pub(crate) fn row(before: &str, field: &Field) -> [String; 4] {
    let default = match field.default {
        "" => "required".to_owned(),
        "null" => "optional".to_owned(),
        default => format!("default {default}"),
    };
    [format!("{before}{}", field.name), default, field.bound(), field.text.to_owned()]
}

/// The fields of the objects in a list.
fn inner(field: &Field) -> &'static [Field] {
    if let FieldKind::List { of, .. } = field.kind { of } else { &[] }
}

impl From<&PolicyInfo> for PolicyJson {
    fn from(policy: &PolicyInfo) -> Self {
        let fields = policy.fields.iter().map(FieldJson::from).collect();
        Self { name: policy.name, aliases: policy.aliases, fields, by_key: policy.by_key }
    }
}

impl From<&Field> for FieldJson {
    fn from(field: &Field) -> Self {
        let (kind, min, max) = match field.kind {
            FieldKind::Bool => ("bool", Value::Null, Value::Null),
            FieldKind::Whole { min, max } => ("whole", json!(min), json!(max)),
            FieldKind::Number { min, max } => ("number", json!(min), json!(max)),
            FieldKind::Duration { min, max } => ("duration", seconds(min), seconds(max)),
            FieldKind::OneOf(_) => ("one_of", Value::Null, Value::Null),
            FieldKind::Policies => ("policies", Value::Null, Value::Null),
            FieldKind::List { min, max, .. } => ("list", json!(min), json!(max)),
            _ => ("text", Value::Null, Value::Null),
        };
        let values: &[&str] = if let FieldKind::OneOf(values) = field.kind { values } else { &[] };
        let default = serde_json::from_str(field.default).unwrap_or(Value::Null);
        let fields = inner(field).iter().map(Self::from).collect();
        let required = field.default.is_empty();
        Self { name: field.name, kind, default, required, min, max, values, fields, text: field.text }
    }
}

/// A duration in proto-JSON.
fn seconds(length: Duration) -> Value {
    json!(format!("{}s", length.as_secs_f64()))
}
