//! `keel sources`: where instances can come from.

use crate::cli::{self, CliError, Table, Verdict};
use clap::Args;
use serde::Serialize;

/// List the sources of instances, by the scheme of their targets
#[derive(Debug, Args)]
pub(crate) struct SourcesArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One source as JSON.
#[derive(Debug, Serialize)]
struct SourceJson {
    name: &'static str,
    form: &'static str,
    text: &'static str,
}

/// Prints the sources.
pub(crate) fn run(args: &SourcesArgs) -> Result<Verdict, CliError> {
    let sources = evenkeel::sources();
    let list = sources.all().map(|s| SourceJson { name: s.scheme, form: s.form, text: s.text });
    if args.json {
        cli::json(&list.collect::<Vec<_>>())?;
    } else {
        let mut table = Table::new(usize::MAX);
        list.for_each(|source| table.row([source.name, source.form, source.text]));
        cli::print(table)?;
    }
    Ok(Verdict::Good)
}
