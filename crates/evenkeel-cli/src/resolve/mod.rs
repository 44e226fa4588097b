//! `keel resolve`: the instances of a target, now or as they change.

mod args;
mod report;

pub(crate) use args::ResolveArgs;

use crate::cli::{CliError, NoAnswer, Stop, Verdict};
use evenkeel::{
    Target,
    discover::{Follow, Known},
};
use report::Reporter;
use std::sync::Arc;
use tokio::time::{Instant, sleep_until, timeout_at};

/// Prints what is known of a target: once, or whenever it changes.
pub(crate) async fn run(args: &ResolveArgs) -> Result<Verdict, CliError> {
    let target = Target::parse(&args.target)?;
    let mut follow = evenkeel::sources().follow(&target)?;
    let stop = Stop::new()?;
    let mut reporter = Reporter::new(Target::redact(&args.target), args.json);
    tokio::select! {
        verdict = work(args, &mut follow, &mut reporter) => verdict,
        () = stop.wait() => {
            if !reporter.has_told() {
                reporter.no_answer(&follow.known(), "stopped before the first answer")?;
            }
            Ok(Verdict::good_if(reporter.has_told()))
        }
    }
}

async fn work(args: &ResolveArgs, follow: &mut Follow, reporter: &mut Reporter) -> Result<Verdict, CliError> {
    let begun = Instant::now();
    let end = args.duration.map(|length| begun + length);
    let patience = end.map_or(begun + args.timeout, |end| end.min(begun + args.timeout));
    let Ok(first) = timeout_at(patience, first(follow)).await else {
        let why = NoAnswer(patience - begun).to_string();
        reporter.no_answer(&follow.known(), &why)?;
        return Ok(Verdict::Bad);
    };
    if reporter.tell(&first)? && args.watch {
        tokio::select! {
            failed = watch(follow, reporter) => failed?,
            () = sleep(end) => {}
        }
    }
    Ok(Verdict::Good)
}

/// The first set, through any error.
async fn first(follow: &mut Follow) -> Arc<Known> {
    loop {
        let known = follow.next().await;
        if known.set.is_some() {
            return known;
        }
    }
}

/// Tells of each change, for as long as somebody reads.
async fn watch(follow: &mut Follow, reporter: &mut Reporter) -> Result<(), CliError> {
    while reporter.tell(&*follow.next().await)? {}
    Ok(())
}

async fn sleep(until: Option<Instant>) {
    match until {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
