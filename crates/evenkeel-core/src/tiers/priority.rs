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
}

#[derive(Debug, Default)]
struct Member {
    child: Child,
    phase: Phase,
    /// When it is dropped, where a better one is in use.
    spare_until: Option<Instant>,
}

impl<K> Default for Priority<K> {
    fn default() -> Self {
        Self { running: HashMap::new(), eager: false }
    }
}

impl<K: Eq + Hash> Priority<K> {
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

    /// Updates the children, which come in their order. Whoever is not among them any more is dropped.
    pub(super) fn update<'a>(
        &mut self,
        parts: impl IntoIterator<Item = Part<'a, K>>,
        endpoints: &mut dyn Endpoints,
    ) -> State {
        let mut known = mem::take(&mut self.running);
        let (mut used, mut spares) = (None, Vec::new());
        let mut parts = parts.into_iter().peekable();
        while let Some(part) = parts.next() {
            let member = known.remove(&part.key);
            if used.is_none() {
                let mut member = member.unwrap_or_default();
                let is_last = parts.peek().is_none();
                used = member.candidate(&part, is_last, endpoints);
                self.running.insert(part.key, member);
            } else if let Some(mut member) = self.spare(member, endpoints) {
                let state = member.update(&part, endpoints);
                spares.extend(Some(state.picker).filter(|_| state.connectivity == Connectivity::Ready));
                self.running.insert(part.key, member);
            }
        }
        used.map_or_else(|| State::failing(Failure::Empty), |used| with_spares(used, spares))
    }

    /// The child below the one in use, if it is to run on.
    fn spare(&self, member: Option<Member>, endpoints: &mut dyn Endpoints) -> Option<Member> {
        if self.eager {
            return Some(member.unwrap_or_default());
        }
        let mut member = member?;
        let until = *member.spare_until.get_or_insert(endpoints.now() + SPARE_TIME);
        (endpoints.now() < until).then(|| {
            endpoints.wake_at(until);
            member
        })
    }
}

impl Member {
    /// The state of a child above which none is used, if it is the one to be used.
    fn candidate<K>(
        &mut self,
        part: &Part<'_, K>,
        is_last: bool,
        endpoints: &mut dyn Endpoints,
    ) -> Option<State> {
        self.spare_until = None;
        let state = self.update(part, endpoints);
        if is_last {
            return Some(state);
        }
        if let Some(until) = self.phase.deadline() {
            endpoints.wake_at(until);
        }
        self.phase.is_usable().then_some(state)
    }

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
