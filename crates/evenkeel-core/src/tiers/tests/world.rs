use crate::{
    Address, BadUpdate, CallInfo, Choice, Connectivity, Endpoint, EndpointId, Endpoints, Instance, Key, Node,
    Pick, Snapshot, State, Tiers, WEIGHT_ONE, Want, mix, policies,
};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// Tiers over the endpoints 0, 1, 2, .., each in the state that it was put in; CONNECTING before.
pub(super) struct World {
    tiers: Tiers,
    pub(super) choice: Choice,
    set: Snapshot,
    pub(super) state: State,
    pub(super) net: Net,
    start: Instant,
}

/// What the tiers ask.
pub(super) struct Net {
    now: Instant,
    states: HashMap<u32, Connectivity>,
    /// The number and name of each that was ever asked for.
    pub(super) ids: HashMap<Key, (u32, EndpointId)>,
    /// Who was asked for in the last update, in order.
    pub(super) asked: Vec<u32>,
    wake: Option<Instant>,
    pub(super) refused: Option<BadUpdate>,
}

pub(super) fn choose(name: &str) -> Choice {
    policies::registry().default_of(name).unwrap()
}

/// Endpoints by their number and priority.
pub(super) fn set(members: &[(u32, u32)]) -> Snapshot {
    let at = |n: u32| Instance::from(format!("h{n}:1").parse::<Address>().unwrap());
    members.iter().map(|(n, priority)| at(*n).with_priority(*priority)).collect()
}

fn number(address: &Address) -> u32 {
    address.to_string().trim_start_matches('h').trim_end_matches(":1").parse().unwrap()
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "a test needs some time to begin with")]
    pub(super) fn new(choice: Choice, members: &[(u32, u32)]) -> Self {
        let now = Instant::now();
        let net = Net {
            now,
            states: HashMap::new(),
            ids: HashMap::new(),
            asked: Vec::new(),
            wake: None,
            refused: None,
        };
        let (tiers, state) = (Tiers::default(), State::connecting());
        let mut world = Self { tiers, choice, set: set(members), state, net, start: now };
        world.update();
        world
    }

    pub(super) fn update(&mut self) {
        self.net.asked.clear();
        (self.net.wake, self.net.refused) = (None, None);
        self.state = self.tiers.update(&self.set, &self.choice, &mut self.net);
    }

    pub(super) fn set(&mut self, members: &[(u32, u32)]) {
        self.set = set(members);
        self.update();
    }

    /// The endpoint is in that state from now on.
    pub(super) fn put(&mut self, endpoint: u32, state: Connectivity) {
        self.net.states.insert(endpoint, state);
        self.update();
    }

    /// Goes to that many milliseconds after the start. The tree is updated where it asked to be, and nowhere else.
    pub(super) fn at(&mut self, ms: u64) {
        let then = self.start + Duration::from_millis(ms);
        while let Some(wake) = self.net.wake.filter(|wake| *wake <= then) {
            assert!(wake > self.net.now, "it wants to be updated in the past");
            self.net.now = wake;
            self.update();
        }
        self.net.now = then;
    }

    /// When it wants to be updated, in milliseconds after the start.
    pub(super) fn wake(&self) -> Option<u128> {
        self.net.wake.map(|wake| (wake - self.start).as_millis())
    }

    /// Who takes the next call that has tried these: an endpoint, or whatever else the pick says.
    pub(super) fn pick(&self, tried: &[u32]) -> Result<u32, String> {
        let ids = self.net.ids.values().filter(|(n, _)| tried.contains(n));
        let tried: Vec<_> = ids.map(|(_, id)| *id).collect();
        let now = self.net.now;
        let clock = || now;
        let call = CallInfo::new(mix(7), 0, &clock).with_tried(&tried);
        match self.state.picker.pick(&call) {
            Pick::Endpoint(id, _) => Ok(self.net.ids.values().find(|known| known.1 == id).unwrap().0),
            Pick::Fail(why) => Err(why.to_string()),
            other => Err(format!("{other:?}")),
        }
    }
}

impl Endpoints for Net {
    fn now(&self) -> Instant {
        self.now
    }

    fn random(&mut self) -> u64 {
        3
    }

    fn ask(&mut self, instance: &Arc<Instance>, want: Want) -> Endpoint {
        let n = number(&instance.addresses()[0]);
        if !self.asked.contains(&n) {
            self.asked.push(n);
        }
        let index = u32::try_from(self.ids.len()).unwrap();
        let new = (n, EndpointId { index, generation: 1 });
        let (_, id) = *self.ids.entry(instance.key().clone()).or_insert(new);
        let error = std::io::Error::other(format!("{n} refuses"));
        let node = Node { instance: instance.clone(), load: Arc::default(), error: Some(Arc::new(error)) };
        let state = match self.states.get(&n).copied().unwrap_or(Connectivity::Connecting) {
            Connectivity::Idle if want == Want::CONNECT => Connectivity::Connecting,
            state => state,
        };
        Endpoint { id, state, since: self.now, weight: WEIGHT_ONE, node: Arc::new(node) }
    }

    fn wake_at(&mut self, at: Instant) {
        self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
    }

    fn refuse(&mut self, why: BadUpdate) {
        self.refused.get_or_insert(why);
    }
}
