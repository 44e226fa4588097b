//! `keel pick`: where calls would go.

mod args;
mod engine;
mod moved;
mod places;
mod problem;
mod report;

pub(crate) use args::PickArgs;

use crate::cli::{self, CliError, Stop, Verdict, find, registry};
use engine::Engine;
use evenkeel::{Registry, Snapshot, core::Choice};
use moved::{Moved, Sets};
use report::{Picked, Report};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

/// Picks, and prints where to.
pub(crate) async fn run(args: &PickArgs) -> Result<Verdict, CliError> {
    let report = pick(args, &registry()).await?;
    if args.json {
        cli::json(&report)?;
    } else {
        cli::print(&report)?;
    }
    Ok(Verdict::good_if(report.all_ok()))
}

/// Checks all flags, then picks.
async fn pick(args: &PickArgs, registry: &Registry) -> Result<Report, CliError> {
    if !args.policy.is_given() {
        return Err(CliError::flag("--policy", "want --policy NAME or --config JSON"));
    }
    let choice = args.policy.choose(registry)?.choice;
    let other = match &args.against {
        Some(target) => {
            check_against(&choice, args)?;
            Some(find(&evenkeel::sources(), target).await?.set())
        }
        None => None,
    };
    let (old, set) = engine(&choice, args).await?;
    let new = other.as_ref().map(|other| (Engine::new(choice.clone(), other, args), other));
    if !set.is_empty() {
        let engines: Vec<&Engine> = [&old].into_iter().chain(new.iter().map(|(new, _)| new)).collect();
        check_failing(args, &engines)?;
    }
    let picks = args.picks()?;
    let stopped = stopped()?;
    Ok(match new {
        None => pick_all(old, choice.name(), picks, &stopped),
        Some((new, other)) => compare_all(old, new, &Sets::new(&set, other), choice.name(), picks, &stopped),
    })
}

/// The policy at work, and the set that it works on.
async fn engine(choice: &Choice, args: &PickArgs) -> Result<(Engine, Snapshot), CliError> {
    match find(&evenkeel::sources(), &args.target).await {
        Ok(found) => Ok((Engine::new(choice.clone(), &found.set(), args), found.set())),
        // The target is a good one: it is each pick that has no answer.
        Err(CliError::Discover(why)) => {
            Ok((Engine::unanswered(choice.clone(), why, args), Snapshot::new([])))
        }
        Err(error) => Err(error),
    }
}

fn pick_all(
    mut engine: Engine,
    policy: &'static str,
    picks: impl Iterator<Item = Option<Arc<str>>>,
    stopped: &AtomicBool,
) -> Report {
    let mut report = Report::new(policy, engine.places());
    for key in picks.take_while(|_| !stopped.load(Relaxed)) {
        let trace = engine.pick(key.as_deref());
        report.picks.push(Picked { key, trace });
    }
    report
}

fn compare_all(
    mut old: Engine,
    mut new: Engine,
    sets: &Sets<'_>,
    policy: &'static str,
    picks: impl Iterator<Item = Option<Arc<str>>>,
    stopped: &AtomicBool,
) -> Report {
    let (mut report, mut moved) = (Report::new(policy, old.places()), Moved::default());
    for key in picks.take_while(|_| !stopped.load(Relaxed)) {
        let trace = old.pick(key.as_deref());
        sets.compare(&trace, &new.pick(key.as_deref()), &mut moved);
        report.picks.push(Picked { key, trace });
    }
    report.moved = Some(moved);
    report
}

/// Turns true at Ctrl-C: what was done by then is printed.
fn stopped() -> Result<Arc<AtomicBool>, CliError> {
    let (stop, stopped) = (Stop::new()?, Arc::new(AtomicBool::new(false)));
    let told = stopped.clone();
    tokio::spawn(async move {
        stop.wait().await;
        told.store(true, Relaxed);
    });
    Ok(stopped)
}

/// Only where a key decides, it can be said that it moves.
fn check_against(choice: &Choice, args: &PickArgs) -> Result<(), CliError> {
    let refuse = |why: String| Err(CliError::flag("--against", why));
    if !choice.is_by_key() {
        return refuse(format!("it needs a policy that picks by a key's hash; {} does not", choice.name()));
    }
    if !args.has_keys() {
        return refuse(
            "it needs keys: give them with --key K, or --keys FILE with one in each line".to_owned(),
        );
    }
    Ok(())
}

/// An address that nobody has would do nothing.
fn check_failing(args: &PickArgs, engines: &[&Engine]) -> Result<(), CliError> {
    let known = |address: &String| engines.iter().any(|engine| engine.places().at(address).is_some());
    match args.fail.iter().find(|address| !known(address)) {
        Some(unknown) => Err(CliError::flag("--fail", format!("no instance has the address {unknown:?}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
