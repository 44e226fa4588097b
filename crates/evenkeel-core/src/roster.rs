use crate::{
    BadUpdate, Child, Choice, Connectivity, Endpoint, EndpointId, Endpoints, Instance, Key, Node, Snapshot,
    State, WEIGHT_ONE, Want, mix,
};
use std::{collections::HashMap, sync::Arc, time::Instant};

/// A policy tree over instances that somebody else connects to: every endpoint counts as READY.
///
/// This is how the same policies serve callers that only want to know *where*: no connection, no timer, no I/O.
#[derive(Debug)]
pub struct Roster {
    tree: Child,
    choice: Choice,
    seats: HashMap<Key, Seat>,
    by_id: HashMap<EndpointId, Arc<Instance>>,
    next: u32,
    round: u64,
    random: u64,
    start: Option<u64>,
}

#[derive(Debug)]
struct Seat {
    id: EndpointId,
    since: Instant,
    node: Arc<Node>,
    asked: u64,
}

impl Roster {
    /// A tree for this choice; `seed` is where its random numbers begin.
    pub fn new(choice: Choice, seed: u64) -> Self {
        let (tree, seats, by_id) = (Child::default(), HashMap::new(), HashMap::new());
        Self { tree, choice, seats, by_id, next: 0, round: 0, random: seed, start: None }
    }

    /// The same with rotations that begin at this place instead of a random one.
    #[must_use]
    pub fn with_start(mut self, start: u64) -> Self {
        self.start = Some(start);
        self
    }

    /// Runs the tree on a set. Drained instances are taken out first.
    ///
    /// # Errors
    /// The set was refused; the tree goes on with the last good one, if there was any.
    pub fn update(&mut self, instances: &Snapshot, now: Instant) -> Result<State, (BadUpdate, State)> {
        let eligible = instances.eligible();
        if eligible.is_empty() && !instances.is_empty() {
            return Ok(State::failing(crate::Failure::AllDrained { known: instances.len() }));
        }
        self.round += 1;
        let mut tree = std::mem::take(&mut self.tree);
        let choice = self.choice.clone();
        let mut asking = Asking { roster: self, now, refused: None };
        let state = tree.update(&eligible, &choice, &mut asking);
        let refused = asking.refused;
        self.tree = tree;
        let round = self.round;
        self.seats.retain(|_, seat| seat.asked == round);
        self.by_id = self.seats.values().map(|seat| (seat.id, seat.node.instance.clone())).collect();
        match refused {
            Some(why) => Err((why, state)),
            None => Ok(state),
        }
    }

    /// The instance of an endpoint that a picker of the last update named.
    pub fn instance(&self, id: EndpointId) -> Option<&Arc<Instance>> {
        self.by_id.get(&id)
    }
}

struct Asking<'a> {
    roster: &'a mut Roster,
    now: Instant,
    refused: Option<BadUpdate>,
}

impl Endpoints for Asking<'_> {
    fn now(&self) -> Instant {
        self.now
    }

    fn random(&mut self) -> u64 {
        self.roster.random = mix(self.roster.random);
        self.roster.random
    }

    fn start(&mut self) -> u64 {
        // Policies use the upper half.
        self.roster.start.map_or_else(|| self.random(), |start| start << 32)
    }

    fn ask(&mut self, instance: &Arc<Instance>, _: Want) -> Endpoint {
        let roster = &mut *self.roster;
        let seat = roster.seats.entry(instance.key().clone()).or_insert_with(|| {
            let id = EndpointId { index: roster.next, generation: 1 };
            roster.next = roster.next.wrapping_add(1);
            let node = Node { instance: instance.clone(), load: Arc::default(), error: None };
            Seat { id, since: self.now, node: Arc::new(node), asked: 0 }
        });
        seat.asked = roster.round;
        if !Arc::ptr_eq(&seat.node.instance, instance) {
            let load = seat.node.load.clone();
            seat.node = Arc::new(Node { instance: instance.clone(), load, error: None });
        }
        Endpoint {
            id: seat.id,
            state: Connectivity::Ready,
            since: seat.since,
            weight: u64::from(instance.weight()) * WEIGHT_ONE,
            node: seat.node.clone(),
        }
    }

    fn wake_at(&mut self, _: Instant) {}

    fn refuse(&mut self, why: BadUpdate) {
        self.refused.get_or_insert(why);
    }
}
