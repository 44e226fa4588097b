//! `keel pick`: where calls would go.

mod args;
mod engine;
mod report;

pub(crate) use args::PickArgs;

use crate::cli::{self, CliError, Verdict, instances, registry};
use engine::Engine;
use evenkeel::Snapshot;
use report::Report;

/// Picks, and prints where to.
pub(crate) async fn run(args: &PickArgs) -> Result<Verdict, CliError> {
    if !args.policy.is_given() {
        return Err(CliError::flag("--policy", "want --policy NAME or --config JSON"));
    }
    let choice = args.policy.choose(&registry())?.choice;
    let policy = choice.name();
    let set = instances(&args.target).await?;
    if args.against.is_some() {
        return Err(CliError::flag(
            "--against",
            format!("it needs a policy that picks by a key's hash; {policy} does not"),
        ));
    }
    check_failing(&args.fail, &set)?;
    let picks = args.picks()?;
    let mut engine = Engine::new(choice, &set, args);
    let picked = picks.into_iter().map(|key| engine.pick(key)).collect();
    let report = Report::new(policy, &set, picked);
    if args.json {
        cli::json(&report)?;
    } else {
        cli::print(&report)?;
    }
    Ok(Verdict::good_if(report.all_ok()))
}

/// An address that nobody has would do nothing.
fn check_failing(failing: &[String], set: &Snapshot) -> Result<(), CliError> {
    let known =
        |address: &String| set.iter().flat_map(|i| i.addresses().iter()).any(|a| a.to_string() == *address);
    match failing.iter().find(|address| !known(address)) {
        Some(unknown) => Err(CliError::flag("--fail", format!("no instance has the address {unknown:?}"))),
        None => Ok(()),
    }
}
