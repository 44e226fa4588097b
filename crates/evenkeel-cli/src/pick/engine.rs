use super::{PickArgs, report::Picked};
use crate::cli::Header;
use evenkeel::{
    Address, Snapshot,
    core::{
        Call, CallInfo, Choice, Ended, EndpointId, Failure, FailureKind, Metadata, Outcome, Pick, Roster,
        State, mix,
    },
};
use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

/// How long a pick takes, in virtual time.
const TOOK: Duration = Duration::from_millis(1);
/// Keeps the random numbers of calls apart from those of the policy, which begin at the same seed.
const CALLS: u64 = 1 << 63;

/// A policy over instances that nobody connects to, in virtual time.
#[derive(Debug)]
pub(super) struct Engine {
    roster: Roster,
    state: State,
    /// The instances that may be picked.
    eligible: usize,
    names: HashMap<Address, String>,
    failing: HashSet<String>,
    headers: Headers,
    limit: usize,
    /// The calls of picks that do not end.
    held: Option<Vec<Call>>,
    random: u64,
    ticket: u64,
    now: Instant,
}

/// Why a pick found nobody.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Problem {
    kind: &'static str,
    pub(super) text: String,
}

#[derive(Debug)]
struct Headers(Vec<Header>);

impl Metadata for Headers {
    fn values(&self, name: &str, see: &mut dyn FnMut(&[u8])) {
        for (_, value) in self.0.iter().filter(|(key, _)| key == name) {
            see(value.as_bytes());
        }
    }
}

impl Engine {
    pub(super) fn new(choice: Choice, set: &Snapshot, args: &PickArgs) -> Self {
        let mut roster = Roster::new(choice, args.seed);
        if let Some(start) = args.start {
            roster = roster.with_start(u64::from(start));
        }
        let now = Instant::now();
        // A set that was refused leaves a state that says so.
        let state = roster.update(set, now).unwrap_or_else(|(_, state)| state);
        let mut names = HashMap::new();
        for instance in set.iter() {
            for address in instance.addresses().iter() {
                names.entry(address.clone()).or_insert_with(|| instance.name());
            }
        }
        let failing = args.fail.iter().filter_map(|text| names.get(&text.parse().ok()?).cloned()).collect();
        Self {
            roster,
            state,
            eligible: set.eligible().len(),
            names,
            failing,
            headers: Headers(args.headers.clone()),
            limit: args.attempts.get(),
            held: args.hold.then(Vec::new),
            random: mix(args.seed ^ CALLS),
            ticket: args.start.map_or(0, u64::from),
            now,
        }
    }

    /// One pick with all its attempts.
    pub(super) fn pick(&mut self, key: Option<String>) -> Picked {
        let mut attempts = Vec::new();
        let error = self.attempt(key.as_ref().map(String::as_bytes), &mut attempts).err();
        self.ticket = self.ticket.wrapping_add(1);
        Picked { key, attempts, error }
    }

    fn attempt(&mut self, key: Option<&[u8]>, attempts: &mut Vec<String>) -> Result<(), Problem> {
        let mut tried = Vec::new();
        while attempts.len() < self.limit {
            let (id, call) = self.ask(key, &tried)?;
            if tried.contains(&id) {
                call.unsent();
                return Err(Problem::all_tried(attempts.len()));
            }
            for name in self.instances(id) {
                if attempts.len() == self.limit {
                    break;
                }
                attempts.push(name.clone());
                if !self.failing.contains(&name) {
                    self.win(call);
                    return Ok(());
                }
            }
            call.unsent();
            tried.push(id);
        }
        if attempts.len() >= self.eligible {
            return Err(Problem::all_tried(attempts.len()));
        }
        Err(Problem { kind: "attempts", text: format!("all {} attempts were refused", attempts.len()) })
    }

    fn ask(&mut self, key: Option<&[u8]>, tried: &[EndpointId]) -> Result<(EndpointId, Call), Problem> {
        self.random = mix(self.random);
        let now = self.now;
        let clock = move || now;
        let info = CallInfo::new(self.random, self.ticket, &clock)
            .with_key(key)
            .with_tried(tried)
            .with_metadata(&self.headers);
        match self.state.picker.pick(&info) {
            Pick::Endpoint(id, call) => Ok((id, call)),
            Pick::Queue => Err(Problem { kind: "unavailable", text: "no endpoint is ready".to_owned() }),
            Pick::Fail(why) | Pick::Drop(why) => Err(Problem::from(&*why)),
        }
    }

    /// The instances of an endpoint: one, or those that a policy joined, in the order of their addresses.
    fn instances(&self, id: EndpointId) -> Vec<String> {
        let Some(instance) = self.roster.instance(id) else { return Vec::new() };
        if !instance.key().is_slot() {
            return vec![instance.name()];
        }
        let mut seen = HashSet::new();
        let names = instance.addresses().iter().filter_map(|address| self.names.get(address));
        names.filter(|name| seen.insert(*name)).cloned().collect()
    }

    fn win(&mut self, call: Call) {
        if let Some(held) = &mut self.held {
            held.push(call);
        } else {
            call.end(Ended::from(Outcome::Success).between(self.now, self.now + TOOK));
            self.now += TOOK;
        }
    }
}

impl Problem {
    fn all_tried(attempts: usize) -> Self {
        let text = match attempts {
            1 => "the only instance was tried, and refused".to_owned(),
            n => format!("all {n} instances were tried, and refused"),
        };
        Self { kind: "all_tried", text }
    }
}

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        let kind = match failure.kind() {
            FailureKind::Empty => "empty",
            FailureKind::AllDrained => "all_drained",
            FailureKind::Discovery => "discovery",
            FailureKind::Refused => "refused",
            FailureKind::MissingKey => "missing_key",
            FailureKind::NoMatch => "no_match",
            _ => "unavailable",
        };
        Self { kind, text: failure.to_string() }
    }
}
