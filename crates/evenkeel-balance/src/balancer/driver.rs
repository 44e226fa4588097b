use super::{
    front::{Front, Latest, Publication},
    table::Table,
};
use evenkeel_core::{BadUpdate, Change, Failure, Roster, SharedError, Snapshot, service_config::Configs};
use evenkeel_discover::{Known, Watching};
use std::{
    sync::{Arc, Mutex, PoisonError, Weak, atomic::Ordering::Release},
    time::Instant,
};

/// What keeps a balancer up to date: it follows discovery and runs the policy, once for each change.
#[derive(Debug)]
pub(super) struct Driver {
    pub(super) name: Arc<str>,
    pub(super) watching: Watching,
    pub(super) configs: Configs,
    pub(super) roster: Roster,
    pub(super) clock: fn() -> Instant,
    pub(super) latest: Latest,
}

/// A driver that is not running: before the first use, or after its runtime was shut down.
pub(super) type Parked = Mutex<Option<Driver>>;

/// Puts the driver back when its task ends, so that another runtime can go on with it.
struct Running {
    driver: Option<Driver>,
    front: Arc<Front>,
    home: Weak<Parked>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(home) = self.home.upgrade() {
            *home.lock().unwrap_or_else(PoisonError::into_inner) = self.driver.take();
        }
        self.front.is_running.store(false, Release);
    }
}

/// Follows discovery until the task is aborted.
pub(super) async fn run(driver: Driver, front: Arc<Front>, home: Weak<Parked>) {
    let mut running = Running { driver: Some(driver), front: front.clone(), home };
    while let Some(driver) = &mut running.driver {
        driver.step(&front).await;
    }
}

impl Driver {
    async fn step(&mut self, front: &Front) {
        let wake = self.roster.deadline().into_iter().chain(self.watching.deadline()).min();
        let known = tokio::select! {
            known = self.watching.next() => Some(known),
            () = sleep(wake) => None,
        };
        match known {
            Some(known) => self.take(&known, front),
            None if self.roster.deadline().is_some_and(|due| due <= (self.clock)()) => self.update(front),
            None => {}
        }
        let now = (self.clock)();
        self.watching.insist(self.latest.refused.is_some(), now);
        self.watching.tick(now);
    }

    /// Takes in what discovery knows.
    pub(super) fn take(&mut self, known: &Known, front: &Front) {
        let error = known.error.clone().map(|error| error as SharedError);
        match &known.set {
            Some(set) => self.answered(set, known.answered, error, front),
            None => self.has_none(error, front),
        }
    }

    fn answered(&mut self, set: &Snapshot, at: Option<Instant>, error: Option<SharedError>, front: &Front) {
        if let Err(error) = self.configs.accept(set) {
            tracing::warn!(target = %self.name, %error, "the service config was refused");
            if self.configs.current().is_none() {
                return self.failed(Arc::new(Failure::Config(Arc::new(error))), front);
            }
        }
        if let Some(config) = self.configs.current() {
            self.roster.choose(self.configs.choice(config));
        }
        if error.is_none() && self.latest.error.is_none() && self.has(set) {
            self.latest.answered = at;
            return front.confirm(&self.latest);
        }
        let old = self.latest.instances.replace(set.clone());
        let change = Change::between(old.as_deref().unwrap_or_default(), set);
        let is_same =
            old.as_ref().is_some_and(|old| change.is_empty() && old.service_config() == set.service_config());
        let was_failing = self.latest.error.take().is_some();
        self.latest.answered = at;
        self.latest.error = error;
        if is_same {
            self.latest.instances = old;
            return match (&self.latest.error, was_failing) {
                // Nothing to tell anybody but the time.
                (None, false) => front.confirm(&self.latest),
                (None, true) => self.update(front),
                // An error empties nothing: the last good set serves on.
                (Some(_), _) => front.note(&self.latest),
            };
        }
        if !change.is_empty() || old.is_none() {
            self.latest.version += 1;
            let (added, updated, removed) = (change.added.len(), change.updated.len(), change.removed.len());
            tracing::info!(target = %self.name, instances = set.len(), added, updated, removed, "the set changed");
        }
        self.update(front);
    }

    /// Whether this very set is in force: the same answer once more, as polling yields it.
    fn has(&self, set: &Snapshot) -> bool {
        self.latest.instances.as_ref().is_some_and(|old| old.same(set))
    }

    /// There is no set yet, or the last one was too old.
    fn has_none(&mut self, error: Option<SharedError>, front: &Front) {
        self.latest.instances = None;
        if let Some(error) = error {
            self.failed(error, front);
        }
    }

    /// There is no set that could be used.
    fn failed(&mut self, error: SharedError, front: &Front) {
        self.latest.error = Some(error.clone());
        front.publish(Publication { error: Some(error), ..Publication::default() }, &self.latest);
    }

    /// Runs the policy on the set in force.
    fn update(&mut self, front: &Front) {
        let Some(set) = &self.latest.instances else { return };
        let (state, refused) = match self.roster.update(set, (self.clock)()) {
            Ok(state) => (state, None),
            Err((why, state)) => (state, Some(why)),
        };
        self.tell_refusal(refused.as_ref());
        self.latest.refused = refused;
        let table = Table::new(&self.roster, set);
        front.publish(Publication { state: Some(state), table, error: None }, &self.latest);
    }

    fn tell_refusal(&self, refused: Option<&BadUpdate>) {
        if let Some(why) = refused.filter(|why| self.latest.refused.as_ref() != Some(why)) {
            tracing::warn!(target = %self.name, %why, "the policy refused the set");
        }
    }
}

async fn sleep(until: Option<Instant>) {
    match until {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
