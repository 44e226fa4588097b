use super::engine::Problem;
use crate::cli::Table;
use evenkeel::Snapshot;
use serde::{Serialize, Serializer};
use std::{collections::HashMap, fmt};

/// How many picks people are shown one by one.
const SHOWN: usize = 20;

/// The picks, as JSON and for people.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    policy: &'static str,
    picks: Vec<Picked>,
    #[serde(serialize_with = "in_order")]
    shares: Vec<(String, u64)>,
    /// Which keys would move: known only against another target.
    moved: Option<()>,
}

/// One pick.
#[derive(Debug, Serialize)]
pub(super) struct Picked {
    pub(super) key: Option<String>,
    /// The instances tried; without an error, the last is the winner.
    pub(super) attempts: Vec<String>,
    pub(super) error: Option<Problem>,
}

impl Picked {
    fn winner(&self) -> Option<&String> {
        self.attempts.last().filter(|_| self.error.is_none())
    }
}

impl Report {
    pub(super) fn new(policy: &'static str, set: &Snapshot, picks: Vec<Picked>) -> Self {
        let mut won: HashMap<&String, u64> = HashMap::new();
        for winner in picks.iter().filter_map(Picked::winner) {
            *won.entry(winner).or_default() += 1;
        }
        let share = |name: String| (won.get(&name).copied().unwrap_or(0), name);
        let shares = set.iter().map(|instance| share(instance.name())).map(|(n, name)| (name, n)).collect();
        Self { policy, picks, shares, moved: None }
    }

    /// Whether each pick found somebody.
    pub(super) fn all_ok(&self) -> bool {
        self.picks.iter().all(|pick| pick.error.is_none())
    }
}

fn in_order<S: Serializer>(shares: &[(String, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(shares.iter().map(|(name, share)| (name, share)))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.picks.len();
        writeln!(f, "{count} {} by {}", if count == 1 { "pick" } else { "picks" }, self.policy)?;
        let (mut table, width) = (Table::new(usize::MAX), count.min(SHOWN).to_string().len());
        for (n, pick) in self.picks.iter().enumerate().take(SHOWN) {
            table.row([format!("{:>width$}", n + 1), pick.line()]);
        }
        write!(f, "\n{table}")?;
        if count > SHOWN {
            writeln!(f, "  ... and {} more", count - SHOWN)?;
        }
        let mut table = Table::new(1);
        table.row(["instance", "picks"]);
        for (name, share) in &self.shares {
            table.row([name.clone(), share.to_string()]);
        }
        write!(f, "\n{table}")
    }
}

impl Picked {
    fn line(&self) -> String {
        let key = self.key.as_ref().map(|key| format!("{key}: ")).unwrap_or_default();
        let refused = self.attempts.len() - usize::from(self.error.is_none());
        let steps = self.attempts.iter().enumerate();
        let mut steps: Vec<_> = steps
            .map(|(n, name)| if n < refused { format!("{name} refused") } else { name.clone() })
            .collect();
        steps.extend(self.error.as_ref().map(|error| error.text.clone()));
        key + &steps.join(", ")
    }
}
