use super::{PickArgs, places::Places, problem::Problem};
use crate::cli::Header;
use evenkeel::{
    DiscoverError, Snapshot,
    core::{Call, CallInfo, Choice, Ended, EndpointId, Failure, Metadata, Outcome, Pick, Roster, State, mix},
};
use std::{
    collections::HashMap,
    sync::Arc,
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
    set: Snapshot,
    state: State,
    places: Places,
    /// The instances behind the endpoints that were picked so far.
    behind: HashMap<EndpointId, Arc<[usize]>>,
    /// Whether the instance at a place refuses.
    failing: Vec<bool>,
    headers: Headers,
    limit: usize,
    /// The calls of picks that do not end.
    held: Option<Vec<Call>>,
    random: u64,
    ticket: u64,
    now: Instant,
}

/// Where a pick went, by places in the set.
#[derive(Debug)]
pub(super) struct Trace {
    /// The instances tried; without an error, the last is the winner.
    pub(super) attempts: Vec<usize>,
    pub(super) error: Option<Problem>,
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

impl Trace {
    pub(super) fn winner(&self) -> Option<usize> {
        self.attempts.last().copied().filter(|_| self.error.is_none())
    }
}

impl Engine {
    /// The policy over a set.
    pub(super) fn new(choice: Choice, set: &Snapshot, args: &PickArgs) -> Self {
        let mut roster = Roster::new(choice, args.seed);
        if let Some(start) = args.start {
            roster = roster.with_start(u64::from(start));
        }
        let now = Instant::now();
        // A set that was refused leaves a state that says so.
        let state = roster.update(set, now).unwrap_or_else(|(_, state)| state);
        let places = Places::new(set);
        let mut failing = vec![false; set.len()];
        for place in args.fail.iter().filter_map(|address| places.at(address)) {
            failing[place] = true;
        }
        Self {
            roster,
            set: set.clone(),
            state,
            places,
            behind: HashMap::new(),
            failing,
            headers: Headers(args.headers.clone()),
            limit: usize::try_from(args.attempts).unwrap_or(usize::MAX),
            held: args.hold.then(Vec::new),
            random: mix(args.seed ^ CALLS),
            ticket: args.start.map_or(0, u64::from),
            now,
        }
    }

    /// The policy where discovery has no answer.
    pub(super) fn unanswered(choice: Choice, why: DiscoverError, args: &PickArgs) -> Self {
        let state = State::failing(Failure::Discovery(Arc::new(why)));
        Self { state, ..Self::new(choice, &Snapshot::new([]), args) }
    }

    pub(super) fn places(&self) -> &Places {
        &self.places
    }

    /// One pick with all its attempts.
    pub(super) fn pick(&mut self, key: Option<&str>) -> Trace {
        if self.roster.deadline().is_some_and(|due| due <= self.now) {
            self.state = self.roster.update(&self.set, self.now).unwrap_or_else(|(_, state)| state);
        }
        let mut attempts = Vec::new();
        let error = self.attempt(key.map(str::as_bytes), &mut attempts).err();
        self.ticket = self.ticket.wrapping_add(1);
        Trace { attempts, error }
    }

    fn attempt(&mut self, key: Option<&[u8]>, attempts: &mut Vec<usize>) -> Result<(), Problem> {
        // In order, so that pickers find each in a few steps.
        let mut tried = Vec::new();
        loop {
            let (id, call) = self.ask(key, &tried)?;
            let Err(place) = tried.binary_search(&id) else {
                call.unsent();
                return Err(Problem::all_tried(attempts.len()));
            };
            for behind in self.behind(id).iter() {
                if attempts.len() == self.limit {
                    call.unsent();
                    return Err(Problem::no_attempt_left(self.limit));
                }
                attempts.push(*behind);
                if !self.failing[*behind] {
                    self.win(call);
                    return Ok(());
                }
            }
            call.end(Ended::from(Outcome::Unsent).between(self.now, self.now));
            tried.insert(place, id);
        }
    }

    fn ask(&mut self, key: Option<&[u8]>, tried: &[EndpointId]) -> Result<(EndpointId, Call), Problem> {
        self.random = self.random.wrapping_add(1);
        let now = self.now;
        let clock = move || now;
        let info = CallInfo::new(mix(self.random), self.ticket, &clock)
            .with_key(key)
            .with_tried(tried)
            .with_metadata(&self.headers);
        match self.state.picker.pick(&info) {
            Pick::Endpoint(id, call) => Ok((id, call)),
            Pick::Queue => Err(Problem::not_ready()),
            Pick::Fail(why) | Pick::Drop(why) => Err(Problem::from(&*why)),
        }
    }

    fn behind(&mut self, id: EndpointId) -> Arc<[usize]> {
        let (roster, places) = (&self.roster, &self.places);
        let find = || roster.instance(id).map(|instance| places.behind(instance)).unwrap_or_default().into();
        self.behind.entry(id).or_insert_with(find).clone()
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
