use crate::{
    BadUpdate, Choice, Connectivity, Endpoint, EndpointId, Endpoints, Failure, Instance, Key, Node, Snapshot,
    State, Tiers, WEIGHT_ONE, Want, mix,
};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// A policy tree over instances that somebody else connects to: every endpoint counts as READY.
///
/// This is how the same policies serve callers that only want to know *where*: no connection, no timer, no I/O.
#[derive(Debug)]
pub struct Roster {
    tree: Tiers,
    choice: Choice,
    seats: HashMap<Key, Seat>,
    places: Places,
    wake_at: Option<Instant>,
    round: u64,
    random: u64,
    start: Option<u64>,
}

/// Numbers for endpoints: places are used again, with another generation.
#[derive(Debug, Default)]
struct Places {
    generations: Vec<u32>,
    seated: Vec<Option<Key>>,
    free: Vec<u32>,
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
        let (tree, seats, places) = (Tiers::eager(), HashMap::new(), Places::default());
        Self { tree, choice, seats, places, wake_at: None, round: 0, random: seed, start: None }
    }

    /// The same with rotations that begin at this place instead of a random one.
    #[must_use]
    pub fn with_start(mut self, start: u64) -> Self {
        self.start = Some(start);
        self
    }

    /// Another choice, from the next update on. The old policy goes on until the new one can serve.
    pub fn choose(&mut self, choice: Choice) {
        self.choice = choice;
    }

    /// When the tree wants to be updated again, with the same set if there is no other.
    pub fn deadline(&self) -> Option<Instant> {
        self.wake_at
    }

    /// Runs the tree on a set. Drained instances are taken out first.
    ///
    /// # Errors
    /// The set was refused; the tree goes on with the last good one, if there was any.
    pub fn update(&mut self, instances: &Snapshot, now: Instant) -> Result<State, (BadUpdate, State)> {
        let eligible = instances.eligible();
        self.round += 1;
        self.wake_at = None;
        let mut tree = std::mem::take(&mut self.tree);
        let choice = self.choice.clone();
        let mut asking = Asking { roster: self, now, refused: None };
        let state = tree.update(&eligible, &choice, &mut asking);
        let refused = asking.refused;
        self.tree = tree;
        let (round, places) = (self.round, &mut self.places);
        self.seats.retain(|_, seat| {
            let asked = seat.asked == round;
            if !asked {
                places.release(seat.id);
            }
            asked
        });
        match refused {
            Some(why) => Err((why, state)),
            // The tree took it for an empty set.
            None if eligible.is_empty() && !instances.is_empty() => {
                Ok(State::failing(Failure::AllDrained { known: instances.len() }))
            }
            None => Ok(state),
        }
    }

    /// The instance of an endpoint that a picker of the last update named.
    pub fn instance(&self, id: EndpointId) -> Option<&Arc<Instance>> {
        let generation = self.places.generations.get(id.index as usize);
        let seat =
            self.places.seated.get(id.index as usize).filter(|_| generation == Some(&id.generation))?;
        self.seats.get(seat.as_ref()?).map(|seat| &seat.node.instance)
    }

    /// The endpoints that the last update asked for. One that a policy joined has the addresses of many instances.
    pub fn endpoints(&self) -> impl Iterator<Item = (EndpointId, &Arc<Instance>)> + '_ {
        self.seats.values().map(|seat| (seat.id, &seat.node.instance))
    }
}

impl Places {
    fn take(&mut self, key: &Key) -> EndpointId {
        let index = self.free.pop().unwrap_or_else(|| {
            self.generations.push(0);
            self.seated.push(None);
            u32::try_from(self.generations.len() - 1).unwrap_or(u32::MAX)
        });
        let generation = &mut self.generations[index as usize];
        *generation = generation.wrapping_add(1);
        self.seated[index as usize] = Some(key.clone());
        EndpointId { index, generation: *generation }
    }

    fn release(&mut self, id: EndpointId) {
        self.seated[id.index as usize] = None;
        self.free.push(id.index);
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

    fn start(&self) -> Option<u64> {
        self.roster.start
    }

    fn ask(&mut self, instance: &Arc<Instance>, _: Want) -> Endpoint {
        let roster = &mut *self.roster;
        let seat = roster.seats.entry(instance.key().clone()).or_insert_with(|| {
            let id = roster.places.take(instance.key());
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

    fn wake_at(&mut self, at: Instant) {
        let at = at.max(self.now + Duration::from_millis(1));
        self.roster.wake_at = Some(self.roster.wake_at.map_or(at, |due| due.min(at)));
    }

    fn refuse(&mut self, why: BadUpdate) {
        self.refused.get_or_insert(why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Address, Policy};

    /// Wants to be run again all the time.
    #[derive(Debug, Default)]
    struct Restless;

    impl Policy for Restless {
        type Config = ();

        fn update(
            &mut self,
            set: &Snapshot,
            (): &(),
            endpoints: &mut dyn Endpoints,
        ) -> Result<State, BadUpdate> {
            endpoints.wake_at(endpoints.now());
            set.iter().for_each(|instance| drop(endpoints.connect(instance)));
            Ok(State::connecting())
        }
    }

    /// Else whoever runs the tree when it asks to would run it without a pause for as long as all are drained.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
    fn where_all_are_drained_the_tree_lets_go_of_all_and_wants_nothing() {
        let now = Instant::now();
        let set = |weight| {
            let instance = Instance::from("a:1".parse::<Address>().unwrap()).with_weight(weight);
            [instance].into_iter().collect::<Snapshot>()
        };
        let mut roster = Roster::new(Choice::of::<Restless>("restless", ()), 0);
        roster.update(&set(1), now).unwrap();
        assert_eq!((roster.endpoints().count(), roster.deadline().is_some()), (1, true));
        let state = roster.update(&set(0), now).unwrap();
        assert_eq!((roster.endpoints().count(), roster.deadline()), (0, None));
        assert_eq!(state.connectivity, Connectivity::TransientFailure);
    }
}
