//! Errors on standard error: at most three lines, whatever was typed.

use super::{CliError, plain};
use evenkeel::Target;
use std::{
    io::{self, Write},
    process::ExitCode,
};

const COMMANDS: [&str; 8] = ["demo", "resolve", "call", "echo", "pick", "lint", "policies", "sources"];

/// Tells why a command did not do its work; the exit code says whether the arguments are to blame.
pub(super) fn report(error: &CliError) -> ExitCode {
    let lines = [format!("error: {error}")];
    if error.is_usage() {
        return refuse(&lines);
    }
    write_lines(&lines);
    ExitCode::from(1)
}

/// Tells what clap found. Help and version are no errors, and go to standard output.
pub(super) fn report_clap(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Nobody is left to tell if standard output is closed.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = without_credentials(error.render().to_string(), std::env::args());
    refuse(&summary(&text))
}

/// Clap quotes what was typed, which may be a target with a password.
fn without_credentials(text: String, typed: impl Iterator<Item = String>) -> String {
    typed.fold(text, |text, typed| {
        let value = typed.strip_prefix("--").and_then(|flag| flag.split_once('=')).map(|(_, value)| value);
        let value = value.unwrap_or(&typed);
        let shown = Target::redact(value);
        if shown == value { text } else { text.replace(value, &shown) }
    })
}

fn refuse(lines: &[String]) -> ExitCode {
    let command = std::env::args().nth(1).filter(|name| COMMANDS.contains(&name.as_str()));
    let hint = match command {
        Some(command) => format!("try: keel {command} --help"),
        None => "try: keel --help".to_owned(),
    };
    write_lines(&[lines, &[hint]].concat());
    ExitCode::from(2)
}

/// The first paragraph of clap's text as one line, and its first tip as another.
fn summary(text: &str) -> Vec<String> {
    let mut paragraphs = text.split("\n\n");
    let join = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let first = join(paragraphs.next().unwrap_or_default());
    let tip = paragraphs.map(str::trim_start).find(|text| text.starts_with("tip:"));
    let tip = tip.and_then(|text| text.lines().next()).map(join);
    [Some(first), tip].into_iter().flatten().collect()
}

fn write_lines(lines: &[String]) {
    let mut stderr = io::stderr().lock();
    for line in lines {
        // Nobody is left to tell if standard error is closed.
        let _ = writeln!(stderr, "{}", plain(line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claps_text_becomes_one_line_and_a_tip() {
        let text = "error: unexpected argument '--cuont' found\n\n  tip: a similar argument exists: '--count'\n\nUsage: keel";
        let want =
            ["error: unexpected argument '--cuont' found", "tip: a similar argument exists: '--count'"];
        assert_eq!(summary(text), want);
        let text = "error: the following required arguments were not provided:\n  <TARGET>\n\nUsage: keel call <TARGET>";
        assert_eq!(summary(text), ["error: the following required arguments were not provided: <TARGET>"]);
    }
}
