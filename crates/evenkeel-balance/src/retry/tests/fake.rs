use super::super::{Attempted, Budget, Instances, NoInstance, Picks, clock};
use evenkeel_core::{
    Call, CallInfo, Choice, Ended, EndpointId, Failure, Instance, Load, Outcome, Pick, Roster, Snapshot,
    State, Track, policies,
};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering::Relaxed},
};
use tokio::sync::watch;

/// What a balancer is, without discovery: a policy over a set that the test changes.
#[derive(Debug)]
pub(in super::super) struct Fake {
    world: Mutex<World>,
    version: watch::Sender<u64>,
    budget: Budget,
    pub(in super::super) load: Arc<Load>,
    pub(super) outcomes: Arc<Outcomes>,
    picked: AtomicU64,
}

#[derive(Debug)]
struct World {
    roster: Roster,
    set: Snapshot,
    /// None: discovery has not answered yet.
    state: Option<State>,
}

/// How the attempts ended, in order.
#[derive(Debug, Default)]
pub(in super::super) struct Outcomes(Mutex<Vec<Outcome>>);

impl Track for Outcomes {
    fn end(&self, ended: &Ended) {
        self.0.lock().unwrap().push(ended.outcome);
    }
}

impl Outcomes {
    pub(super) fn all(&self) -> Vec<Outcome> {
        self.0.lock().unwrap().clone()
    }
}

impl Fake {
    /// `round_robin` over these, from the first.
    pub(in super::super) fn of(addresses: &[&str]) -> Self {
        Self::with(policies::registry().default_of("round_robin").unwrap(), addresses)
    }

    pub(super) fn with(choice: Choice, addresses: &[&str]) -> Self {
        let fake = Self::unanswered(choice);
        fake.set(addresses);
        fake
    }

    pub(super) fn unanswered(choice: Choice) -> Self {
        let roster = Roster::new(choice, 1).with_start(0);
        let world = World { roster, set: Snapshot::new([]), state: None };
        Self {
            world: Mutex::new(world),
            version: watch::Sender::new(0),
            budget: Budget::new(clock::now()),
            load: Arc::default(),
            outcomes: Arc::default(),
            picked: AtomicU64::new(0),
        }
    }

    pub(super) fn set(&self, addresses: &[&str]) {
        let set: Snapshot =
            addresses.iter().map(|address| Instance::new([address.parse().unwrap()])).collect();
        let mut world = self.world.lock().unwrap();
        let updated = world.roster.update(&set, clock::now());
        (world.state, world.set) = (Some(updated.unwrap_or_else(|(_, state)| state)), set);
        drop(world);
        self.version.send_modify(|version| *version += 1);
    }

    pub(super) fn picked(&self) -> u64 {
        self.picked.load(Relaxed)
    }
}

impl Instances for Fake {
    type Call = Option<&'static str>;
    type Picks<'a> = FakePicks<'a>;

    fn picks(&self, key: Self::Call) -> FakePicks<'_> {
        FakePicks { fake: self, key, tried: Vec::new(), seen: self.version.subscribe() }
    }

    fn budget(&self) -> Option<&Budget> {
        Some(&self.budget)
    }
}

#[derive(Debug)]
pub(in super::super) struct FakePicks<'a> {
    fake: &'a Fake,
    key: Option<&'static str>,
    tried: Vec<EndpointId>,
    seen: watch::Receiver<u64>,
}

impl FakePicks<'_> {
    fn pick(&mut self) -> Result<Option<FakeAttempt>, NoInstance> {
        let ticket = self.fake.picked.fetch_add(1, Relaxed);
        let world = self.fake.world.lock().unwrap();
        let key = self.key.unwrap_or("key").as_bytes();
        let call = CallInfo::new(evenkeel_core::mix(ticket), ticket, &clock::now)
            .with_key(Some(key))
            .with_tried(&self.tried);
        match world.state.as_ref().unwrap().picker.pick(&call) {
            Pick::Endpoint(id, call) if self.tried.contains(&id) => {
                call.unsent();
                Ok(None)
            }
            Pick::Endpoint(id, call) => {
                let instance = world.roster.instance(id).unwrap().clone();
                self.tried.push(id);
                self.fake.load.begin();
                let call = call.with(self.fake.load.clone()).with(self.fake.outcomes.clone());
                Ok(Some(FakeAttempt { instance, call }))
            }
            Pick::Queue => Err(Arc::new(Failure::Unknown { known: world.set.len() }).into()),
            Pick::Fail(why) | Pick::Drop(why) => Err(why.into()),
        }
    }
}

impl Picks for FakePicks<'_> {
    type Attempt = FakeAttempt;

    async fn next(&mut self) -> Result<Option<FakeAttempt>, NoInstance> {
        while self.fake.world.lock().unwrap().state.is_none() {
            self.changed().await;
        }
        self.seen.mark_unchanged();
        self.pick()
    }

    async fn changed(&mut self) {
        let _ = self.seen.changed().await;
    }

    fn is_spent(&self) -> bool {
        self.tried.len() >= self.fake.world.lock().unwrap().set.len()
    }
}

#[derive(Debug)]
pub(in super::super) struct FakeAttempt {
    instance: Arc<Instance>,
    call: Call,
}

impl Attempted for FakeAttempt {
    fn instance(&self) -> &Arc<Instance> {
        &self.instance
    }

    fn end(self, outcome: Outcome) {
        self.call.end(outcome);
    }
}
