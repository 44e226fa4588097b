use super::{BadUpdate, Choice, State, policy::AnyPolicy};
use crate::{Connectivity, Endpoint, Endpoints, Failure, Snapshot, View, panic_text};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A place in a tree that holds one policy: it keeps the last good input, switches gracefully between policies, and cannot fail.
#[derive(Debug, Default)]
pub struct Child {
    current: Option<Holder>,
    pending: Option<Holder>,
}

/// One policy, and what it accepted and refused.
#[derive(Debug)]
struct Holder {
    policy: Box<dyn AnyPolicy>,
    choice: Choice,
    good: Option<(Snapshot, Choice)>,
    refused: Option<(Snapshot, Choice, Failure)>,
}

impl Child {
    /// Updates the chosen policy.
    ///
    /// A choice with another name is made beside the old policy and takes over once it is anything but CONNECTING, or the old
    /// one is not READY; one that never accepted a set never takes over from a policy that has one.
    pub fn update(&mut self, instances: &Snapshot, choice: &Choice, endpoints: &mut dyn Endpoints) -> State {
        let current = self.current.get_or_insert_with(|| Holder::new(choice));
        if current.choice.name() == choice.name() {
            current.choice = choice.clone();
            self.pending = None;
            return current.update(instances, endpoints).unwrap_or_else(State::failing);
        }
        let mut pending = match self.pending.take() {
            Some(pending) if pending.choice.name() == choice.name() => pending,
            _ => Holder::new(choice),
        };
        pending.choice = choice.clone();
        let new = pending.update(instances, endpoints);
        let waits = new.as_ref().map_or(true, |state| state.connectivity == Connectivity::Connecting);
        if waits {
            match (current.update(instances, endpoints), &new) {
                (Ok(old), new) if new.is_err() || old.connectivity == Connectivity::Ready => {
                    self.pending = Some(pending);
                    return old;
                }
                _ => {}
            }
        }
        // The old policy is not asked any more, so its endpoints are released by the end of this update.
        self.current = Some(pending);
        new.unwrap_or_else(State::failing)
    }
}

impl Holder {
    fn new(choice: &Choice) -> Self {
        Self { policy: choice.make(), choice: choice.clone(), good: None, refused: None }
    }

    fn update(&mut self, instances: &Snapshot, endpoints: &mut dyn Endpoints) -> Result<State, Failure> {
        if instances.is_empty() {
            // It begins anew, or a child of the policy would still remember a good set, of instances that are gone.
            (self.policy, self.good, self.refused) = (self.choice.make(), None, None);
            return Ok(State::failing(Failure::Empty));
        }
        let choice = self.choice.clone();
        let known = self.refused.as_ref().filter(|(s, c, _)| s.same(instances) && c.same(&choice));
        let why = match known.map(|(_, _, why)| why.clone()) {
            Some(why) => why,
            None => match self.run(instances, &choice, endpoints) {
                Ok(state) => {
                    (self.good, self.refused) = (Some((instances.clone(), choice)), None);
                    return Ok(state);
                }
                Err(why) => {
                    self.refused = Some((instances.clone(), choice, why.clone()));
                    why
                }
            },
        };
        endpoints.refuse(BadUpdate::new(why.to_string()));
        match self.good.clone() {
            Some((good, choice)) => {
                // A drained instance gets no call, not even from a policy that goes on with what it was before.
                let see = |endpoint: Endpoint| {
                    let drained = instances.drains(endpoint.node.instance.key());
                    let state = if drained { Connectivity::TransientFailure } else { endpoint.state };
                    Endpoint { state, ..endpoint }
                };
                self.run(&good, &choice, &mut View { inner: endpoints, see })
            }
            None => Err(why),
        }
    }

    /// Runs the policy. One that panics starts anew and has no last good input: its fields may be half changed.
    fn run(
        &mut self,
        instances: &Snapshot,
        choice: &Choice,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, Failure> {
        let update = AssertUnwindSafe(|| self.policy.update_any(instances, choice.config(), endpoints));
        match catch_unwind(update) {
            Ok(result) => result.map_err(Failure::Refused),
            Err(panic) => {
                (self.policy, self.good) = (self.choice.make(), None);
                Err(Failure::Panicked { policy: self.choice.name(), text: panic_text(&*panic) })
            }
        }
    }
}
