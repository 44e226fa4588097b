use crate::cli::{self, CliError, Table, plain};
use evenkeel::{
    Instance, Snapshot,
    core::{Change, Dropped},
    discover::Known,
};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc, time::Instant};

/// Tells what is new of a target.
#[derive(Debug)]
pub(super) struct Reporter {
    target: String,
    json: bool,
    told: Option<Told>,
    set: Snapshot,
}

/// What makes a line news.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    version: u64,
    error: Option<String>,
    held: Option<usize>,
    /// How much was left out; the reasons may hold a time that runs on.
    dropped: usize,
}

/// One version as JSON.
#[derive(Debug, Serialize)]
struct VersionJson<'a> {
    target: &'a str,
    version: u64,
    stale: bool,
    age_seconds: u64,
    error: Option<ErrorJson>,
    /// How many instances an answer has that is held back.
    held: Option<usize>,
    instances: Vec<InstanceJson>,
    added: Vec<String>,
    updated: Vec<String>,
    removed: Vec<String>,
    dropped: Option<DroppedJson>,
}

#[derive(Debug, Serialize)]
struct ErrorJson {
    kind: &'static str,
    text: String,
}

#[derive(Debug, Serialize)]
struct InstanceJson {
    addresses: Vec<String>,
    weight: u32,
    priority: u32,
    drained: bool,
    tags: BTreeMap<String, String>,
}

/// What the source or a limit left out.
#[derive(Debug, Serialize)]
struct DroppedJson {
    count: usize,
    reasons: Vec<String>,
}

impl Reporter {
    pub(super) fn new(target: String, json: bool) -> Self {
        Self { target, json, told: None, set: Snapshot::new([]) }
    }

    /// Whether there was an answer.
    pub(super) fn has_told(&self) -> bool {
        self.told.is_some()
    }

    /// Tells what is known, if it is news: another set, or another error. Whether somebody still reads it.
    pub(super) fn tell(&mut self, known: &Known) -> Result<bool, CliError> {
        let error = known.error.as_ref().map(ToString::to_string);
        let dropped = known.set.as_ref().and_then(|set| set.dropped()).map_or(0, |dropped| dropped.count);
        let now = Told { version: known.version, error, held: known.held, dropped };
        if self.told.as_ref() == Some(&now) {
            return Ok(true);
        }
        let is_first = self.told.replace(now).is_none();
        let set = known.set.clone().unwrap_or_else(|| Snapshot::new([]));
        let change = Change::between(&self.set, &set);
        self.set = set;
        let error = known.error.as_ref().map(|error| ("discovery", error.to_string()));
        if self.json {
            self.print_json(known, &change, error)
        } else {
            self.print_text(known, &change, is_first)
        }
    }

    /// There was no answer.
    pub(super) fn no_answer(&mut self, known: &Known, why: &str) -> Result<bool, CliError> {
        let text = known.error.as_ref().map_or_else(|| why.to_owned(), |error| format!("{why}: {error}"));
        if self.json {
            let nothing = Change::between(&[], &self.set);
            return self.print_json(known, &nothing, Some(("discovery", text)));
        }
        cli::print_to_reader(format_args!("{}: {}\n", plain(&self.target), plain(&text)))
    }

    fn print_json(
        &self,
        known: &Known,
        change: &Change,
        error: Option<(&'static str, String)>,
    ) -> Result<bool, CliError> {
        cli::json_to_reader(&VersionJson {
            target: &self.target,
            version: known.version,
            stale: known.is_stale(),
            age_seconds: age(known),
            error: error.map(|(kind, text)| ErrorJson { kind, text }),
            held: known.held,
            instances: self.set.iter().map(|instance| InstanceJson::of(instance)).collect(),
            added: names(&change.added),
            updated: names(&change.updated),
            removed: names(&change.removed),
            dropped: self.set.dropped().map(|dropped| DroppedJson::of(dropped)),
        })
    }

    fn print_text(&self, known: &Known, change: &Change, is_first: bool) -> Result<bool, CliError> {
        let Change { added, updated, removed, .. } = change;
        let mut parts = vec![format!("version {}: {} instances", known.version, self.set.len())];
        if !is_first && !change.is_empty() {
            let (added, updated, removed) = (added.len(), updated.len(), removed.len());
            parts.push(format!(", {added} added, {updated} updated, {removed} removed"));
        }
        parts.extend(known.held.map(|held| format!(", an answer of only {held} is held back")));
        parts.extend(known.error.as_ref().map(|error| format!("; stale for {} s: {error}", age(known))));
        let mut table = Table::new(usize::MAX);
        for (sign, list) in [("+", added), ("~", updated), ("-", removed)] {
            for instance in list {
                table.row([if is_first { "" } else { sign }.to_owned(), plain(&described(instance))]);
            }
        }
        let dropped = self.set.dropped().map(|dropped| format!("  {}\n", plain(&dropped.to_string())));
        cli::print_to_reader(format_args!(
            "{}\n{}{table}",
            plain(&parts.concat()),
            dropped.unwrap_or_default()
        ))
    }
}

impl InstanceJson {
    fn of(instance: &Instance) -> Self {
        Self {
            addresses: instance.addresses().iter().map(ToString::to_string).collect(),
            weight: instance.weight(),
            priority: instance.priority(),
            drained: instance.is_drained(),
            tags: instance.tags().iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
        }
    }
}

impl DroppedJson {
    fn of(dropped: &Dropped) -> Self {
        Self { count: dropped.count, reasons: dropped.reasons.clone() }
    }
}

/// An instance in one line.
fn described(instance: &Instance) -> String {
    let addresses: Vec<_> = instance.addresses().iter().map(ToString::to_string).collect();
    let weight = match instance.weight() {
        0 => "drained".to_owned(),
        weight => format!("weight {weight}"),
    };
    let priority = Some(instance.priority()).filter(|n| *n > 0).map(|n| format!("priority {n}"));
    let tags = instance.tags().iter().map(|(key, value)| format!("{key}={value}"));
    let parts: Vec<_> = [addresses.join("|"), weight].into_iter().chain(priority).chain(tags).collect();
    parts.join("  ")
}

fn names(list: &[Arc<Instance>]) -> Vec<String> {
    list.iter().map(|instance| instance.name()).collect()
}

fn age(known: &Known) -> u64 {
    known.age(Instant::now()).unwrap_or_default().as_secs()
}
