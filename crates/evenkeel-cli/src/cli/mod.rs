//! What all commands share: the command line, its errors and exit codes, and output.

mod error;
mod output;
mod policy;
mod stop;
mod target;
mod usage;
mod values;

pub(crate) use error::CliError;
pub(crate) use output::{Table, json, json_to_reader, plain, print, print_to_reader};
pub(crate) use policy::{Chosen, PolicyArgs, config_text, registry};
pub(crate) use stop::Stop;
pub(crate) use target::{NoAnswer, find};
pub(crate) use values::{Header, header, positive, rate};

use crate::{
    call::{self, CallArgs},
    demo,
    echo::{self, EchoArgs},
    lint::{self, LintArgs},
    pick::{self, PickArgs},
    policies::{self, PoliciesArgs},
    resolve::{self, ResolveArgs},
    sources::{self, SourcesArgs},
};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Try, inspect and demonstrate Evenkeel: client-side load balancing and service discovery.
#[derive(Debug, Parser)]
#[command(name = "keel", version, disable_help_subcommand = true, arg_required_else_help = false)]
#[command(after_help = "Exit codes: 0 all went well, 1 some of the work failed, 2 unusable arguments.")]
struct Keel {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// See a policy at work, and servers that come and go under load
    Demo,
    Resolve(ResolveArgs),
    Call(Box<CallArgs>),
    Echo(Box<EchoArgs>),
    Pick(PickArgs),
    Lint(LintArgs),
    Policies(PoliciesArgs),
    Sources(SourcesArgs),
}

/// Whether all went well, or some of the work failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Exit code 0.
    Good,
    /// Exit code 1.
    Bad,
}

impl Verdict {
    /// Good if this holds.
    pub(crate) fn good_if(good: bool) -> Self {
        if good { Self::Good } else { Self::Bad }
    }
}

/// Reads the command line and does what it says.
pub(crate) async fn main() -> ExitCode {
    let keel = match Keel::try_parse() {
        Ok(keel) => keel,
        Err(error) => return usage::report_clap(&error),
    };
    match run(keel.command).await {
        Ok(Verdict::Good) => ExitCode::SUCCESS,
        Ok(Verdict::Bad) => ExitCode::from(1),
        Err(error) => usage::report(&error),
    }
}

async fn run(command: Command) -> Result<Verdict, CliError> {
    match command {
        Command::Demo => demo::run().await,
        Command::Resolve(args) => resolve::run(&args).await,
        Command::Call(args) => call::run(*args).await,
        Command::Echo(args) => Ok(echo::run(*args).await.map(|()| Verdict::Good)?),
        Command::Pick(args) => pick::run(&args).await,
        Command::Lint(args) => lint::run(&args),
        Command::Policies(args) => policies::run(&args),
        Command::Sources(args) => sources::run(&args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Keel::command().debug_assert();
    }
}
