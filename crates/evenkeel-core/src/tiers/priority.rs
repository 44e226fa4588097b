use super::{phase::Phase, spill::Spill};
use crate::{Child, Choice, Connectivity, Endpoints, Failure, Picker, Snapshot, State};
use std::{
    collections::HashMap,
    hash::Hash,
    mem,
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a child runs on that a better one has replaced, so that a second fall finds it connected (gRFC A56).
pub(super) const SPARE_TIME: Duration = Duration::from_secs(15 * 60);

/// Which of several children takes the calls, the best one first: gRFC A56's rules.
///
/// Used is the first that has not started, is READY or IDLE, or is CONNECTING with time left to do so; if none is, the last.
#[derive(Debug)]
pub(super) struct Priority<K> {
    /// The children that run. The others are not known, and connect nobody.
    running: HashMap<K, Member>,
    eager: bool,
}

/// A child with what is its own, in this update.
pub(super) struct Part<'a, K> {
    pub(super) key: K,
    pub(super) instances: &'a Snapshot,
    pub(super) choice: &'a Choice,
    /// Whether it should run on below the one in use, even if it has not run: some of its instances are connected.
    pub(super) is_warm: bool,
}

#[derive(Debug, Default)]
struct Member {
    child: Child,
    phase: Phase,
    /// When it is dropped, where a better one is in use.
    spare_until: Option<Instant>,
}

/// What came of running the children.
struct Run<K> {
    used: K,
    state: State,
    /// Whether the one in use is the last of all.
    is_last: bool,
    /// The pickers of those below it that are READY, the best one first.
    spares: Vec<Arc<dyn Picker>>,
}

impl<K> Default for Priority<K> {
    fn default() -> Self {
        Self { running: HashMap::new(), eager: false }
    }
}

impl<K: Eq + Hash + Clone> Priority<K> {
    /// All children run, whether they are needed or not.
    pub(super) fn eager() -> Self {
        Self { running: HashMap::new(), eager: true }
    }

    /// The child of that key has this one from now on.
    pub(super) fn rename(&mut self, before: &K, after: K) {
        if let Some(member) = self.running.remove(before) {
            self.running.insert(after, member);
        }
    }

    /// Whether the child of that key runs.
    pub(super) fn runs(&self, key: &K) -> bool {
        self.running.contains_key(key)
    }

    /// Updates the children, which come in their order. Whoever is not among them any more is dropped.
    ///
    /// Where the set is new, calls do not wait for a child to connect while a lower one is READY.
    pub(super) fn update(
        &mut self,
        parts: &[Part<'_, K>],
        is_new: bool,
        endpoints: &mut dyn Endpoints,
    ) -> State {
        loop {
            let Some(run) = self.run(parts, endpoints) else { return State::failing(Failure::Empty) };
            let waits = run.state.connectivity == Connectivity::Connecting && !run.spares.is_empty();
            if !(is_new && waits) {
                self.wake(&run, endpoints);
                return with_spares(run.state, run.spares);
            }
            self.running.entry(run.used).and_modify(|member| member.phase = Phase::Failed);
        }
    }

    fn run(&mut self, parts: &[Part<'_, K>], endpoints: &mut dyn Endpoints) -> Option<Run<K>> {
        let mut known = mem::take(&mut self.running);
        let mut run: Option<Run<K>> = None;
        for (place, part) in parts.iter().enumerate() {
            let known = known.remove(&part.key);
            if let Some(run) = &mut run {
                let Some(mut member) = self.spare(known, part.is_warm, endpoints.now()) else { continue };
                let state = member.update(part, endpoints);
                run.spares.extend(Some(state.picker).filter(|_| state.connectivity == Connectivity::Ready));
                self.running.insert(part.key.clone(), member);
            } else {
                let mut member = Member { spare_until: None, ..known.unwrap_or_default() };
                let state = member.update(part, endpoints);
                let is_last = place + 1 == parts.len();
                if member.phase.is_usable() || is_last {
                    run = Some(Run { used: part.key.clone(), state, is_last, spares: Vec::new() });
                }
                self.running.insert(part.key.clone(), member);
            }
        }
        run
    }

    /// The child below the one in use, if it is to run on.
    fn spare(&self, known: Option<Member>, is_warm: bool, now: Instant) -> Option<Member> {
        let mut member = known.or_else(|| (self.eager || is_warm).then(Member::default))?;
        if self.eager {
            return Some(member);
        }
        let until = *member.spare_until.get_or_insert(now + SPARE_TIME);
        (now < until).then_some(member)
    }

    /// Asks for the next update: when the time of the child in use is over, if there is another, and when that of a spare is.
    fn wake(&self, run: &Run<K>, endpoints: &mut dyn Endpoints) {
        let used = self.running.get(&run.used).filter(|_| !run.is_last);
        let spares = self.running.values().filter_map(|member| member.spare_until);
        for at in used.and_then(|used| used.phase.deadline()).into_iter().chain(spares) {
            endpoints.wake_at(at);
        }
    }
}

impl Member {
    fn update<K>(&mut self, part: &Part<'_, K>, endpoints: &mut dyn Endpoints) -> State {
        let state = self.child.update(part.instances, part.choice, endpoints);
        self.phase = self.phase.next(state.connectivity, endpoints.now());
        state
    }
}

/// The state of the child in use, and where its calls may go once they have tried all of it.
fn with_spares(used: State, spares: Vec<Arc<dyn Picker>>) -> State {
    if used.connectivity == Connectivity::Ready && !spares.is_empty() {
        State::ready(Spill { used: used.picker, spares: spares.into() })
    } else {
        used
    }
}
