use super::super::{Act, Hub, Loss, Settings, Table};
use crate::machine::{Backoff, Timing};
use custom_round_robin::CustomRoundRobin;
use evenkeel_core::{
    Address, CallInfo, Choice, EndpointId, Instance, Pick, Registry, SharedError, Snapshot, State, policies,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io,
    sync::Arc,
    time::{Duration, Instant},
};

/// What a peer does with an attempt to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    Accepts,
    Refuses,
    Hangs,
}

/// A hub, its peers, and what it has been told to do.
pub(super) struct World {
    pub(super) hub: Hub<u64>,
    pub(super) now: Instant,
    pub(super) peers: BTreeMap<u16, Peer>,
    pub(super) dials: BTreeSet<(EndpointId, Address)>,
    /// The connections that the hub believes in, by endpoint.
    pub(super) live: HashMap<EndpointId, (u64, Address)>,
    pub(super) dialed: Vec<Address>,
    serial: u64,
    ticket: u64,
    pub(super) state: State,
    table: Table<u64>,
    pub(super) publications: u64,
}

pub(super) fn registry() -> Registry {
    policies::registry().with::<CustomRoundRobin>().unwrap()
}

pub(super) fn choose(name: &str) -> Choice {
    registry().default_of(name).unwrap()
}

pub(super) fn address(port: u16) -> Address {
    Address::Tcp(([127, 0, 0, 1], port).into())
}

pub(super) fn set(members: &[(u16, u32)]) -> Snapshot {
    members.iter().map(|(port, weight)| Instance::from(address(*port)).with_weight(*weight)).collect()
}

/// Instances by port and priority.
pub(super) fn tiers(members: &[(u16, u32)]) -> Snapshot {
    members.iter().map(|(port, priority)| Instance::from(address(*port)).with_priority(*priority)).collect()
}

impl World {
    pub(super) fn new(policy: &str, settings: Settings) -> Self {
        let mut hub = Hub::new(choose(policy), settings);
        let now = Instant::now();
        let state = hub.flush(now);
        let (dials, live, dialed) = (BTreeSet::new(), HashMap::new(), Vec::new());
        let peers = BTreeMap::new();
        Self {
            hub,
            now,
            peers,
            dials,
            live,
            dialed,
            serial: 0,
            ticket: 0,
            state,
            table: Table::default(),
            publications: 0,
        }
    }

    pub(super) fn exact() -> Settings {
        let timing = Timing { backoff: Backoff { jitter: 0.0, ..Backoff::default() }, ..Timing::default() };
        Settings { timing, ..Settings::default() }
    }

    /// One turn of the driver: timers, a publication, acts; then all that must hold.
    pub(super) fn turn(&mut self) {
        self.hub.tick(self.now);
        if self.hub.is_dirty() {
            self.state = self.hub.flush(self.now);
            self.table = self.hub.table();
            self.publications += 1;
        }
        for (id, act) in self.hub.take_acts() {
            match act {
                Act::Dial { address, .. } => {
                    self.dialed.push(address.clone());
                    assert!(self.dials.insert((id, address)), "dialled twice at once");
                }
                Act::Abort(address) => {
                    assert!(self.dials.remove(&(id, address)), "gave up what was not dialled");
                }
            }
        }
        for serial in self.hub.take_closing() {
            let open = self.live.len();
            self.live.retain(|_, (live, _)| *live != serial);
            assert_eq!(self.live.len() + 1, open, "closed what was not open");
        }
        self.hub.check();
    }

    /// Ends every attempt that its peer answers.
    pub(super) fn answer_all(&mut self) {
        for (id, at) in self.dials.clone() {
            self.answer(id, &at);
        }
        self.turn();
    }

    pub(super) fn answer(&mut self, id: EndpointId, at: &Address) {
        let Address::Tcp(socket) = at else { unreachable!("only TCP here") };
        match self.peers.get(&socket.port()).copied().unwrap_or(Peer::Refuses) {
            Peer::Hangs => return,
            Peer::Refuses => {
                let error: SharedError = Arc::new(io::Error::other(format!("{at} refuses")));
                self.hub.failed(id, at, error, self.now);
            }
            Peer::Accepts => {
                self.serial += 1;
                if self.hub.connected(id, at, self.serial, self.serial, self.now) {
                    assert!(self.live.insert(id, (self.serial, at.clone())).is_none(), "connected twice");
                }
            }
        }
        self.dials.remove(&(id, at.clone()));
        self.turn();
    }

    pub(super) fn lose(&mut self, id: EndpointId) {
        if let Some((serial, _)) = self.live.remove(&id) {
            let loss = |_: &u64| Loss { graceful: false, begun: true, answered: true };
            assert_eq!(self.hub.lost(id, serial, loss, self.now), Some(serial));
        }
        self.turn();
    }

    pub(super) fn advance(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        self.turn();
    }

    /// Runs the clock until nothing is due for a long time, with all peers answering.
    pub(super) fn settle(&mut self) {
        for _ in 0..200 {
            self.answer_all();
            match self.hub.deadline() {
                Some(at) => {
                    self.now = self.now.max(at);
                    self.turn();
                }
                None if self.dials.is_empty() => return,
                None => {}
            }
        }
    }

    /// Picks as a call would: what it yields must be connected.
    pub(super) fn pick(&mut self) -> Result<Option<Address>, String> {
        self.ticket += 1;
        let now = self.now;
        let clock = move || now;
        let info = CallInfo::new(evenkeel_core::mix(self.ticket), self.ticket, &clock);
        let pick = self.state.picker.pick(&info);
        if let Some(id) = info.take_connect() {
            self.hub.nudge(id, self.now);
        }
        let answer = match pick {
            Pick::Endpoint(id, call) => {
                call.unsent();
                let serial = self.table.get(id).expect("a picked endpoint has a connection");
                let (live, at) = self.live.get(&id).expect("the connection is open");
                assert_eq!(serial, live, "the table has the newest connection");
                Ok(Some(at.clone()))
            }
            Pick::Queue => Ok(None),
            Pick::Fail(why) | Pick::Drop(why) => Err(why.to_string()),
        };
        self.turn();
        answer
    }

    pub(super) fn port_of(&mut self) -> Option<u16> {
        self.pick().unwrap().map(|at| match at {
            Address::Tcp(at) => at.port(),
            other => unreachable!("{other}"),
        })
    }
}
