use super::{engine::Trace, moved::Moved, places::Places, problem::Problem};
use crate::cli::Table;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::{collections::HashMap, fmt, sync::Arc};

/// How many picks people are shown one by one.
const SHOWN: usize = 20;

/// The picks, as JSON and for people.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) policy: &'static str,
    /// What the instances are called, by their places.
    pub(super) names: Vec<String>,
    pub(super) picks: Vec<Picked>,
    /// Which keys would move: known only against another target.
    pub(super) moved: Option<Moved>,
}

/// One pick.
#[derive(Debug)]
pub(super) struct Picked {
    pub(super) key: Option<Arc<str>>,
    pub(super) trace: Trace,
}

/// One pick as JSON.
#[derive(Debug, Serialize)]
struct PickedJson<'a> {
    key: Option<&'a str>,
    attempts: Vec<&'a str>,
    error: Option<&'a Problem>,
}

impl Report {
    pub(super) fn new(policy: &'static str, places: &Places) -> Self {
        Self { policy, names: places.names().to_vec(), picks: Vec::new(), moved: None }
    }

    /// Whether each pick found somebody.
    pub(super) fn all_ok(&self) -> bool {
        self.picks.iter().all(|pick| pick.trace.error.is_none())
    }

    /// How many picks each name won, in the order of the set. Instances that share their first address share a name.
    fn shares(&self) -> Vec<(&str, u64)> {
        let mut rows: HashMap<&str, usize> = HashMap::new();
        let mut shares = Vec::new();
        for name in &self.names {
            rows.entry(name).or_insert_with(|| {
                shares.push((&**name, 0));
                shares.len() - 1
            });
        }
        let row_of: Vec<usize> = self.names.iter().map(|name| rows[&**name]).collect();
        for place in self.picks.iter().filter_map(|pick| pick.trace.winner()) {
            shares[row_of[place]].1 += 1;
        }
        shares
    }

    /// The names of the instances that a pick tried.
    fn tried<'a>(&'a self, pick: &'a Picked) -> impl Iterator<Item = &'a str> {
        pick.trace.attempts.iter().map(|place| &*self.names[*place])
    }

    fn line(&self, pick: &Picked) -> String {
        let key = pick.key.as_ref().map(|key| format!("{key}: ")).unwrap_or_default();
        let refused = pick.trace.attempts.len() - usize::from(pick.trace.error.is_none());
        let steps = self.tried(pick).enumerate();
        let mut steps: Vec<_> = steps
            .map(|(n, name)| if n < refused { format!("{name} refused") } else { name.to_owned() })
            .collect();
        steps.extend(pick.trace.error.as_ref().map(|error| error.text.clone()));
        key + &steps.join(", ")
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut report = serializer.serialize_struct("Report", 4)?;
        report.serialize_field("policy", self.policy)?;
        report.serialize_field("picks", &Picks(self))?;
        report.serialize_field("shares", &Shares(self.shares()))?;
        report.serialize_field("moved", &self.moved)?;
        report.end()
    }
}

/// The picks of a report, written one by one: there may be millions.
struct Picks<'a>(&'a Report);

impl Serialize for Picks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.picks.iter().map(|pick| PickedJson {
            key: pick.key.as_deref(),
            attempts: self.0.tried(pick).collect(),
            error: pick.trace.error.as_ref(),
        }))
    }
}

/// An object in the order of the set.
struct Shares<'a>(Vec<(&'a str, u64)>);

impl Serialize for Shares<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.picks.len();
        writeln!(f, "{count} {} by {}", if count == 1 { "pick" } else { "picks" }, self.policy)?;
        let (mut table, width) = (Table::new(usize::MAX), count.min(SHOWN).to_string().len());
        for (n, pick) in self.picks.iter().enumerate().take(SHOWN) {
            table.row([format!("{:>width$}", n + 1), self.line(pick)]);
        }
        write!(f, "\n{table}")?;
        if count > SHOWN {
            writeln!(f, "  ... and {} more", count - SHOWN)?;
        }
        let mut table = Table::new(1);
        table.row(["instance", "picks"]);
        for (name, share) in self.shares() {
            table.row([name.to_owned(), share.to_string()]);
        }
        write!(f, "\n{table}")?;
        self.moved.map_or(Ok(()), |moved| writeln!(f, "\n{moved}"))
    }
}
