//! `keel call`: real calls over the real library.

mod args;
mod body;
mod connect;
mod endpoints;
mod exchange;
mod latency;
mod load;
mod method;
mod report;
mod request;
mod settle;
mod tally;
mod tls;

pub(crate) use args::CallArgs;
pub(crate) use exchange::{Answer, exchange};
pub(crate) use request::Template;
pub(crate) use tls::TlsError;

use crate::cli::{self, CliError, Stop, Verdict, find, registry};
use endpoints::Endpoints;
use evenkeel::Target;
use report::Report;
use std::sync::Arc;
use tokio::sync::watch;

/// Makes the calls, and prints the summary.
pub(crate) async fn run(args: CallArgs) -> Result<Verdict, CliError> {
    let registry = registry();
    let chosen = args.policy.choose(&registry)?;
    let policy = chosen.choice.name();
    let template = Arc::new(Template::new(&args)?);
    let sources = evenkeel::sources();
    // Discovery that fails is every call's own failure, as it is in a program; those that wait for ready wait for it too.
    let found = match find(&sources, &args.target).await {
        Err(CliError::Discover(_)) => None,
        found => Some(found?),
    };
    let endpoints = found.as_ref().map(|found| Endpoints::of(&found.set())).unwrap_or_default();
    let (channel, settling) = connect::channel(&args, sources, registry, chosen)?;
    let stop = interrupted()?;
    settling.wait(&channel, args.deadline).await;
    let plan = args.plan();
    let run = load::run(&channel, &template, &plan, &stop).await;
    let report = Report::new(Target::redact(&args.target), policy, run, endpoints);
    if args.json {
        cli::json(&report)?;
    } else {
        cli::print(&report)?;
    }
    Ok(Verdict::good_if(report.all_ok()))
}

/// True from the first signal to end on.
fn interrupted() -> Result<watch::Receiver<bool>, CliError> {
    let signals = Stop::new()?;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        signals.wait().await;
        stop.send_replace(true);
        // Those who wait for the signal must not take the end of this task for it.
        stop.closed().await;
    });
    Ok(stopped)
}
