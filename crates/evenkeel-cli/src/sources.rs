//! `keel sources`: where instances can come from.

use crate::{
    cli::{self, CliError, Table, Verdict},
    policies::{FieldJson, row},
};
use clap::Args;
use evenkeel::discover::{Settings, SourceInfo};
use serde::Serialize;

/// List the sources of instances, by the scheme of their targets, with their options
#[derive(Debug, Args)]
pub(crate) struct SourcesArgs {
    /// Only this one
    #[arg(value_name = "SCHEME")]
    scheme: Option<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One source as JSON. Its fields are the options of a target, those that every target has at the end.
#[derive(Debug, Serialize)]
struct SourceJson {
    name: &'static str,
    form: &'static str,
    text: &'static str,
    fields: Vec<FieldJson>,
}

/// Prints the sources.
pub(crate) fn run(args: &SourcesArgs) -> Result<Verdict, CliError> {
    let sources = evenkeel::sources();
    let all: Vec<SourceInfo> = match &args.scheme {
        None => sources.all().collect(),
        Some(scheme) => vec![sources.all().find(|source| source.scheme == scheme).ok_or_else(|| {
            let schemes: Vec<_> = sources.all().map(|source| source.scheme).collect();
            CliError::flag("SCHEME", format!("no source {scheme:?}; there is {}", schemes.join(", ")))
        })?],
    };
    if args.json {
        cli::json(&all.iter().map(SourceJson::from).collect::<Vec<_>>())?;
    } else {
        let common = format!("options of every target\n{}", options(Settings::OPTIONS));
        let texts = all.iter().map(text).chain([common]).collect::<Vec<_>>();
        cli::print(texts.join("\n"))?;
    }
    Ok(Verdict::Good)
}

fn text(source: &SourceInfo) -> String {
    format!("{}: {}\n  {}\n{}", source.scheme, source.text, source.form, options(source.options))
}

fn options(fields: &[evenkeel::core::Field]) -> Table {
    let mut table = Table::new(usize::MAX);
    for field in fields {
        table.row(row("?", field));
    }
    table
}

impl From<&SourceInfo> for SourceJson {
    fn from(source: &SourceInfo) -> Self {
        let fields = source.options.iter().chain(Settings::OPTIONS).map(FieldJson::from).collect();
        Self { name: source.scheme, form: source.form, text: source.text, fields }
    }
}
