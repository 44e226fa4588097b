//! `keel lint`: what is wrong with a service config or a target.

use crate::cli::{self, CliError, Verdict, config_text, registry};
use clap::{ArgGroup, Args};
use evenkeel::{ServiceConfig, Target, core::BadConfig, discover::BadTarget};
use serde::Serialize;
use serde_json::Value;
use std::fmt::Write;

/// Check a service config or a target
#[derive(Debug, Args)]
#[command(after_help = "Unknown fields are no errors: gRPC ignores them.")]
#[command(group = ArgGroup::new("what").required(true).args(["file", "config", "target"]))]
pub(crate) struct LintArgs {
    /// A file with a service config
    #[arg(value_name = "@FILE")]
    file: Option<String>,

    /// A service config: JSON, or @FILE
    #[arg(long, value_name = "JSON")]
    config: Option<String>,

    #[arg(
        long,
        value_name = "TARGET",
        help = "A target, such as static:///10.0.0.1:80;weight=5,10.0.0.2:80"
    )]
    target: Option<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was found, as JSON.
#[derive(Debug, Serialize)]
struct Report {
    ok: bool,
    errors: Vec<Finding>,
}

/// One error.
#[derive(Debug, Serialize)]
struct Finding {
    path: String,
    policy: Option<String>,
    field: Option<String>,
    value: Option<Value>,
    bound: Option<String>,
    text: String,
}

/// Checks, and prints what was found.
pub(crate) fn run(args: &LintArgs) -> Result<Verdict, CliError> {
    let errors = match (&args.file, &args.config, &args.target) {
        (Some(file), ..) if file.starts_with('@') => check_config(&config_text("@FILE", file)?),
        (Some(_), ..) => {
            return Err(CliError::flag("@FILE", "write @ before the name of the file, or use --config"));
        }
        (_, Some(config), _) => check_config(&config_text("--config", config)?),
        (_, _, Some(target)) => check_target(target),
        (None, None, None) => Vec::new(),
    };
    let report = Report { ok: errors.is_empty(), errors };
    if args.json {
        cli::json(&report)?;
    } else {
        cli::print(text(&report))?;
    }
    Ok(Verdict::good_if(report.ok))
}

fn text(report: &Report) -> String {
    let mut text = match report.errors.len() {
        0 => "ok: nothing wrong\n".to_owned(),
        1 => "1 error\n".to_owned(),
        n => format!("{n} errors\n"),
    };
    for error in &report.errors {
        let _ = writeln!(text, "  {}", error.text);
    }
    text
}

fn check_config(json: &str) -> Vec<Finding> {
    match ServiceConfig::parse(json, &registry()) {
        Ok(_) => Vec::new(),
        Err(invalid) => invalid.errors().iter().map(Finding::from).collect(),
    }
}

fn check_target(text: &str) -> Vec<Finding> {
    match read_target(text) {
        Ok(()) => Vec::new(),
        Err(error) => vec![Finding {
            path: "target".to_owned(),
            policy: None,
            field: None,
            value: Some(Target::redact(text).into()),
            bound: None,
            text: error.to_string(),
        }],
    }
}

/// Reads all of a target that can be read without asking anybody.
fn read_target(text: &str) -> Result<(), BadTarget> {
    let target = Target::parse(text)?;
    evenkeel::sources().follow(&target).map(drop)
}

impl From<&BadConfig> for Finding {
    fn from(bad: &BadConfig) -> Self {
        Self {
            path: bad.path.clone(),
            policy: bad.policy.clone(),
            field: bad.field.clone(),
            value: bad.value.clone(),
            bound: bad.bound.clone(),
            text: bad.to_string(),
        }
    }
}
