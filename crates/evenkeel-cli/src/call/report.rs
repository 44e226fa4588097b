use super::{endpoints::Endpoints, latency::Percentiles, load::Run};
use crate::cli::{Table, plain};
use evenkeel::core::Code;
use serde::Serialize;
use std::{collections::BTreeMap, fmt, time::Duration};

/// The summary of a run, as JSON and for people.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    target: String,
    policy: &'static str,
    calls: u64,
    ok: u64,
    failed: u64,
    codes: BTreeMap<&'static str, u64>,
    seconds: f64,
    rps: f64,
    attempts: u64,
    /// None where no call ended.
    latency_ms: Option<Percentiles>,
    endpoints: Vec<Line>,
    /// One for each call; none for one that nobody got.
    sequence: Option<Vec<Option<String>>>,
    #[serde(skip)]
    first_failure: Option<(Code, String)>,
}

/// One instance.
#[derive(Debug, Serialize)]
struct Line {
    address: String,
    calls: u64,
    ok: u64,
    share: f64,
}

impl Report {
    pub(super) fn new(target: String, policy: &'static str, run: Run, mut endpoints: Endpoints) -> Self {
        let Run { mut tally, took } = run;
        tally.reached.values().for_each(|reached| endpoints.add(reached));
        let sequence = tally.sequence.take().map(|mut ended| {
            ended.sort_by_key(|(at, _)| *at);
            let places = ended.into_iter().map(|(_, peer)| peer.map(|peer| endpoints.place(&peer)));
            places.collect::<Vec<_>>()
        });
        let sequence = sequence.map(|places| {
            places.into_iter().map(|place| place.map(|place| endpoints.list[place].name.clone())).collect()
        });
        let ok = tally.codes.get(&Code::Ok).copied().unwrap_or(0);
        Self {
            target,
            policy,
            calls: tally.calls,
            ok,
            failed: tally.calls - ok,
            codes: tally.codes.iter().map(|(code, calls)| (code.name(), *calls)).collect(),
            seconds: rounded(took.as_secs_f64(), 1e6),
            rps: rounded(ratio(tally.calls, took), 10.0),
            attempts: tally.attempts,
            latency_ms: tally.latencies.percentiles(),
            endpoints: lines(endpoints),
            sequence,
            first_failure: tally.first_failure.map(|(_, code, text)| (code, text)),
        }
    }

    /// Whether no call failed.
    pub(super) fn all_ok(&self) -> bool {
        self.failed == 0
    }
}

fn lines(endpoints: Endpoints) -> Vec<Line> {
    let all: u64 = endpoints.list.iter().map(|endpoint| endpoint.calls).sum();
    let line = |endpoint: super::endpoints::Endpoint| Line {
        share: rounded(share(endpoint.calls, all), 1e4),
        address: endpoint.name,
        calls: endpoint.calls,
        ok: endpoint.ok,
    };
    endpoints.list.into_iter().map(line).collect()
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn share(part: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { part as f64 / all as f64 }
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn ratio(calls: u64, took: Duration) -> f64 {
    if took.is_zero() { 0.0 } else { calls as f64 / took.as_secs_f64() }
}

fn rounded(number: f64, by: f64) -> f64 {
    (number * by).round() / by
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { calls, policy, seconds, rps, .. } = self;
        let word = if *calls == 1 { "call" } else { "calls" };
        writeln!(f, "{calls} {word} by {policy} in {seconds:.3} s, {rps:.0} a second: {}", self.verdict())?;
        let mut table = Table::new(2);
        table.row(["#", "endpoint", "calls", "ok", "share"]);
        for (n, line) in self.endpoints.iter().enumerate() {
            let Line { address, calls, ok, share } = line;
            let share = format!("{:.1} %", share * 100.0);
            table.row([(n + 1).to_string(), address.clone(), calls.to_string(), ok.to_string(), share]);
        }
        write!(f, "\n{table}")?;
        if let Some(p) = &self.latency_ms {
            let Percentiles { p50, p90, p95, p99, p999, max } = p;
            writeln!(
                f,
                "\n  latency in ms: p50 {p50}  p90 {p90}  p95 {p95}  p99 {p99}  p99.9 {p999}  max {max}"
            )?;
        }
        if self.attempts > self.calls {
            writeln!(
                f,
                "  {} attempts: some calls were sent again, unseen by the server before",
                self.attempts
            )?;
        }
        if let Some(sequence) = &self.sequence {
            writeln!(f, "  sequence: {}", self.numbers(sequence))?;
        }
        if let Some((code, text)) = &self.first_failure {
            writeln!(f, "  first failure: {code}: {}", plain(text))?;
        }
        Ok(())
    }
}

impl Report {
    fn verdict(&self) -> String {
        if self.failed == 0 {
            return "all ok".to_owned();
        }
        let bad = self.codes.iter().filter(|(name, _)| **name != Code::Ok.name());
        let bad: Vec<_> = bad.map(|(name, calls)| format!("{calls} {name}")).collect();
        format!("{} ok, {} failed ({})", self.ok, self.failed, bad.join(", "))
    }

    /// The sequence by the endpoints' numbers in the table.
    fn numbers(&self, sequence: &[Option<String>]) -> String {
        let places: std::collections::HashMap<&str, usize> =
            self.endpoints.iter().enumerate().map(|(n, line)| (line.address.as_str(), n + 1)).collect();
        let number = |name: &Option<String>| {
            name.as_deref().and_then(|name| places.get(name)).map_or_else(|| "-".to_owned(), usize::to_string)
        };
        sequence.iter().map(number).collect::<Vec<_>>().join(" ")
    }
}
