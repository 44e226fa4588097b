use super::draw::Draw;
use evenkeel_core::{
    Address, BadUpdate, Connectivity, Demand, Endpoint, EndpointId, Endpoints, Instance, Key, Node, Snapshot,
    WEIGHT_ONE, Want,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

/// Endpoints whose states are drawn.
pub(super) struct World {
    pub(super) draw: Draw,
    pub(super) now: Instant,
    seats: HashMap<Key, Seat>,
    /// The instances and addresses that the policy may ask for.
    given: (HashSet<Key>, HashSet<Address>),
    next: u32,
    round: u64,
    pub(super) refused: Option<BadUpdate>,
    /// An instance that it was not given, and asked for.
    pub(super) foreign: Option<String>,
}

struct Seat {
    endpoint: Endpoint,
    asked: u64,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            draw: Draw::new(seed),
            now: Instant::now(),
            seats: HashMap::new(),
            given: Default::default(),
            next: 0,
            round: 0,
            refused: None,
            foreign: None,
        }
    }

    /// Begins an update in which the policy may ask for the instances of these sets.
    pub(super) fn begin<'a>(&mut self, given: impl Iterator<Item = &'a Snapshot>) {
        let all: Vec<_> = given.flat_map(|set| set.iter()).collect();
        let addresses = all.iter().flat_map(|instance| instance.addresses().iter().cloned()).collect();
        self.given = (all.iter().map(|instance| instance.key().clone()).collect(), addresses);
        self.round += 1;
        self.now += Duration::from_millis(u64::from(self.draw.below(2_000) == 0) * 60_000 + 7);
        (self.refused, self.foreign) = (None, None);
    }

    /// Ends an update: what it did not ask for is released.
    pub(super) fn end(&mut self) {
        let round = self.round;
        self.seats.retain(|_, seat| seat.asked == round);
    }

    /// Lets some endpoints change their state.
    pub(super) fn stir(&mut self) {
        let mut seats: Vec<_> = self.seats.values_mut().collect();
        seats.sort_by_key(|seat| seat.endpoint.id);
        for seat in seats {
            if self.draw.below(2) == 0 {
                (seat.endpoint.state, seat.endpoint.since) = (self.draw.state(), self.now);
            }
        }
    }

    /// Lets all endpoints become READY.
    pub(super) fn calm(&mut self) {
        for seat in self.seats.values_mut() {
            seat.endpoint.state = Connectivity::Ready;
        }
    }

    /// The endpoints that were asked for, in order of their ids.
    pub(super) fn asked(&self) -> Vec<&Endpoint> {
        let mut all: Vec<_> = self.seats.values().map(|seat| &seat.endpoint).collect();
        all.sort_by_key(|endpoint| endpoint.id);
        all
    }

    pub(super) fn ready(&self) -> Vec<EndpointId> {
        self.asked().into_iter().filter(|endpoint| endpoint.is_ready()).map(|endpoint| endpoint.id).collect()
    }

    fn is_given(&self, instance: &Instance) -> bool {
        let (keys, addresses) = &self.given;
        if instance.key().is_slot() {
            instance.addresses().iter().all(|address| addresses.contains(address))
        } else {
            keys.contains(instance.key())
        }
    }

    fn newcomer(&mut self, instance: &Arc<Instance>) -> Seat {
        self.next += 1;
        let error = std::io::Error::other(format!("{} refused", instance.name()));
        let node = Node { instance: instance.clone(), load: Arc::default(), error: Some(Arc::new(error)) };
        let (id, since) = (EndpointId { index: self.next, generation: 1 }, self.now);
        let endpoint =
            Endpoint { id, state: self.draw.state(), since, weight: WEIGHT_ONE, node: Arc::new(node) };
        Seat { endpoint, asked: 0 }
    }
}

impl Endpoints for World {
    fn now(&self) -> Instant {
        self.now
    }

    fn random(&mut self) -> u64 {
        self.draw.bits()
    }

    fn ask(&mut self, instance: &Arc<Instance>, want: Want) -> Endpoint {
        if !self.is_given(instance) {
            self.foreign.get_or_insert_with(|| instance.name());
        }
        let mut seat = match self.seats.remove(instance.key()) {
            Some(seat) => seat,
            None => self.newcomer(instance),
        };
        seat.asked = self.round;
        seat.endpoint.weight = u64::from(instance.weight().max(1)) * WEIGHT_ONE;
        if !Arc::ptr_eq(&seat.endpoint.node.instance, instance) {
            let Node { load, error, .. } = &*seat.endpoint.node;
            let node = Node { instance: instance.clone(), load: load.clone(), error: error.clone() };
            seat.endpoint.node = Arc::new(node);
        }
        let mut answer = seat.endpoint.clone();
        if answer.state == Connectivity::Idle && want.demand == Demand::Connect {
            answer.state = Connectivity::Connecting;
        }
        self.seats.insert(instance.key().clone(), seat);
        answer
    }

    fn wake_at(&mut self, _: Instant) {}

    fn refuse(&mut self, why: BadUpdate) {
        self.refused.get_or_insert(why);
    }
}
