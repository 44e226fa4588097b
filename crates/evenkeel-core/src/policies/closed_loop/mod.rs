//! A small simulation on virtual time, for tests: clients with pickers of their own, callers that wait for answers or calls that
//! arrive at random, and servers that queue, slow down, pause and fail.

mod fleet;
mod record;

pub(in crate::policies) use fleet::{Fleet, Work};
pub(in crate::policies) use record::Record;

use crate::{
    Call, CallInfo, Choice, Ended, EndpointId, Instance, Outcome, Pick, Roster, Snapshot, State, mix,
};
use fleet::Running;
use record::Line;
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

/// How long a call may take before its caller gives up.
const DEADLINE: f64 = 1.0;

/// Who calls, and for how long.
#[derive(Debug, Clone, Copy)]
pub(in crate::policies) struct Lab {
    pub(in crate::policies) seconds: f64,
    pub(in crate::policies) seed: u64,
    /// How many clients there are; each has a picker of its own.
    pub(in crate::policies) clients: usize,
    pub(in crate::policies) calls: Calls,
    pub(in crate::policies) deadline: bool,
}

/// When calls are made.
#[derive(Debug, Clone, Copy)]
pub(in crate::policies) enum Calls {
    /// So many callers, each waiting for its answer and then for an exponential time of this mean, in seconds.
    Closed { callers: usize, think: f64 },
    /// So many a second on average, whatever happens to them.
    Open { rate: f64 },
}

impl Default for Lab {
    fn default() -> Self {
        let calls = Calls::Closed { callers: 50, think: 0.0 };
        Self { seconds: 10.0, seed: 1, clients: 1, calls, deadline: false }
    }
}

/// Random numbers that are the same in every run.
#[derive(Debug)]
struct Draw(u64);

impl Draw {
    fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    fn bits(&mut self) -> u64 {
        // Not a chain of `mix`: pickers go along that one, and servers must not draw the same numbers.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(!self.0)
    }

    /// Even in 0..1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }
}

/// Where virtual time begins; runs do not depend on it.
#[expect(clippy::disallowed_methods, reason = "some instant to count from")]
static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

fn instant(seconds: f64) -> Instant {
    *BEGIN + Duration::from_secs_f64(seconds)
}

struct Client {
    roster: Roster,
    state: State,
}

#[derive(Debug)]
enum Event {
    /// The set changes.
    Update,
    /// This client makes a call; `again`: a caller that waits for it, and then calls again.
    Call { client: usize, again: bool },
    /// The answer to a call is here.
    End { client: usize, again: bool, call: Call, outcome: Outcome, began: f64 },
}

struct World<'a> {
    fleet: &'a Fleet,
    lab: Lab,
    draw: Draw,
    clients: Vec<Client>,
    servers: Vec<Running>,
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    events: std::collections::HashMap<u64, Event>,
    next: u64,
    record: Record,
}

/// Runs this policy against that fleet.
pub(in crate::policies) fn run(choice: &Choice, fleet: &Fleet, lab: Lab) -> Record {
    let set = fleet.at(0.0);
    let clients = (0..lab.clients).map(|n| {
        let mut roster = Roster::new(choice.clone(), mix(lab.seed) ^ n as u64);
        let state = roster.update(&set, instant(0.0)).expect("it takes the set");
        Client { roster, state }
    });
    let clients = clients.collect();
    let servers = (0..fleet.servers.len()).map(|_| Running::default()).collect();
    let mut world = World {
        fleet,
        lab,
        draw: Draw::new(lab.seed),
        clients,
        servers,
        queue: BinaryHeap::new(),
        events: std::collections::HashMap::new(),
        next: 0,
        record: Record::default(),
    };
    world.begin();
    while let Some(Reverse((at, n))) = world.queue.pop() {
        let Some(event) = world.events.remove(&n) else { continue };
        #[expect(clippy::cast_precision_loss, reason = "a few seconds")]
        let now = at as f64 / 1e9;
        if now > lab.seconds {
            break;
        }
        world.happen(now, event);
    }
    world.record
}

impl World<'_> {
    fn at(&mut self, time: f64, event: Event) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds")]
        self.queue.push(Reverse(((time * 1e9) as u64, self.next)));
        self.events.insert(self.next, event);
        self.next += 1;
    }

    fn begin(&mut self) {
        for from in self.fleet.servers.iter().map(|server| server.from).filter(|from| *from > 0.0) {
            self.at(from, Event::Update);
        }
        match self.lab.calls {
            Calls::Closed { callers, think } => {
                for caller in 0..callers {
                    let at = self.draw.exponential(think);
                    self.at(at, Event::Call { client: caller % self.lab.clients, again: true });
                }
            }
            Calls::Open { .. } => self.at(0.0, Event::Call { client: 0, again: false }),
        }
    }

    fn happen(&mut self, now: f64, event: Event) {
        match event {
            Event::Update => {
                let set = self.fleet.at(now);
                for client in &mut self.clients {
                    client.state = client.roster.update(&set, instant(now)).expect("it takes the set");
                }
            }
            Event::Call { client, again } => {
                if let Calls::Open { rate } = self.lab.calls {
                    let next = now + self.draw.exponential(1.0 / rate);
                    let client = crate::below(self.draw.bits(), self.lab.clients);
                    self.at(next, Event::Call { client, again });
                }
                self.call(now, client, again);
            }
            Event::End { client, again, call, outcome, began } => {
                call.end(Ended::from(outcome).between(instant(began), instant(now)));
                if again {
                    let Calls::Closed { think, .. } = self.lab.calls else { return };
                    let at = now + self.draw.exponential(think);
                    self.at(at, Event::Call { client, again });
                }
            }
        }
    }

    fn call(&mut self, now: f64, client: usize, again: bool) {
        let clock = || instant(now);
        let random = self.draw.bits();
        let Client { roster, state } = &self.clients[client];
        let picked = state.picker.pick(&CallInfo::new(random, 0, &clock));
        let Pick::Endpoint(id, call) = picked else { panic!("{picked:?}") };
        let server = number(roster, id);
        let (mut end, mut outcome) =
            self.servers[server].serve(&self.fleet.servers[server], now, &mut self.draw);
        if self.lab.deadline && end > now + DEADLINE {
            (end, outcome) = (now + DEADLINE, Outcome::Failure);
        }
        self.record.lines.push(Line {
            began: now,
            server,
            took: end - now,
            good: outcome == Outcome::Success,
        });
        self.at(end, Event::End { client, again, call, outcome, began: now });
    }
}

/// Servers are told apart by their ports.
fn number(roster: &Roster, id: EndpointId) -> usize {
    let instance: &Arc<Instance> = roster.instance(id).expect("it is in the set");
    instance
        .name()
        .rsplit_once(':')
        .and_then(|(_, port)| port.parse::<usize>().ok())
        .map_or(0, |port| port - 1)
}

impl Fleet {
    fn at(&self, now: f64) -> Snapshot {
        let there = self.servers.iter().enumerate().filter(|(_, server)| server.from <= now);
        there
            .map(|(n, server)| {
                Instance::from(format!("host:{}", n + 1).parse::<crate::Address>().expect("an address"))
                    .with_weight(server.weight)
            })
            .collect()
    }
}

/// When virtual time begins.
pub(in crate::policies) fn begin() -> Instant {
    instant(0.0)
}
