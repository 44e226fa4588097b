//! The driver without I/O: events come in, one publication and a list of acts go out.
//!
//! It holds the policy tree and an endpoint for each instance that the tree asks for. Events are folded until
//! [`Hub::flush`]: one update of the tree, one publication, whatever their number.

mod asks;
mod seat;
mod table;
#[cfg(test)]
mod tests;

use crate::machine::{Act, Loss, Timing};
use asks::Asks;
use evenkeel_core::{
    Address, BadUpdate, Choice, Connectivity, Demand, EndpointId, Failure, Instance, Key, SharedError,
    Snapshot, State, Tiers,
};
use seat::Seat;
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    mem,
    sync::Arc,
    time::Instant,
};
pub(crate) use {seat::Health, table::Table};

/// What does not change in the life of a hub.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Settings {
    pub(crate) timing: Timing,
    /// Whether somebody reports the health of connections.
    pub(crate) health_checks: bool,
    /// Where its random numbers begin.
    pub(crate) seed: u64,
}

/// How many times the tree runs again within one flush, because an endpoint that it was told is idle was started.
const SETTLE: usize = 4;

#[derive(Debug)]
pub(crate) struct Hub<C> {
    settings: Settings,
    seats: Vec<Option<Seat<C>>>,
    generations: Vec<u32>,
    free: Vec<u32>,
    by_key: HashMap<Key, u32>,
    /// The seats in the order of the last update's asks.
    order: Vec<u32>,
    table: Table<C>,
    timers: BinaryHeap<Reverse<(Instant, EndpointId)>>,
    acts: Vec<(EndpointId, Act)>,
    /// Connections that nobody wants any more.
    closing: Vec<C>,
    tree: Tiers,
    choice: Choice,
    /// All that discovery gave, and those of them that may be picked.
    instances: Option<(Snapshot, Snapshot)>,
    discovery_error: Option<SharedError>,
    round: u64,
    random: u64,
    wake: Option<Instant>,
    refused: Option<BadUpdate>,
    dirty: bool,
    resolve: bool,
}

impl<C: Clone> Hub<C> {
    pub(crate) fn new(choice: Choice, settings: Settings) -> Self {
        Self {
            settings,
            seats: Vec::new(),
            generations: Vec::new(),
            free: Vec::new(),
            by_key: HashMap::new(),
            order: Vec::new(),
            table: Table::default(),
            timers: BinaryHeap::new(),
            acts: Vec::new(),
            closing: Vec::new(),
            tree: Tiers::default(),
            choice,
            instances: None,
            discovery_error: None,
            round: 0,
            random: settings.seed,
            wake: None,
            refused: None,
            dirty: true,
            resolve: false,
        }
    }

    /// A new set. The same set again changes nothing.
    pub(crate) fn instances(&mut self, all: Snapshot) {
        self.dirty |= self.discovery_error.take().is_some();
        if self.instances.as_ref().is_some_and(|(old, _)| *old == all) {
            return;
        }
        let eligible = all.eligible();
        // Ask again about an authoritative "nothing": it may be a registry's hiccup.
        self.resolve |= all.is_empty();
        self.instances = Some((all, eligible));
        self.dirty = true;
    }

    /// Another policy, or another config for it.
    pub(crate) fn choice(&mut self, choice: Choice) {
        if !self.choice.same(&choice) {
            self.choice = choice;
            self.dirty = true;
        }
    }

    /// Discovery failed; the last set stays in force.
    pub(crate) fn discovery_failed(&mut self, error: SharedError) {
        self.discovery_error = Some(error);
        self.dirty = true;
    }

    /// Lets go of everything, as if nothing had been discovered yet.
    pub(crate) fn forget(&mut self) {
        (self.instances, self.discovery_error, self.tree) = (None, None, Tiers::default());
        self.dirty = true;
    }

    /// An attempt succeeded. Whether the connection is wanted; if not, the caller closes it.
    pub(crate) fn connected(
        &mut self,
        id: EndpointId,
        at: &Address,
        serial: u64,
        connection: C,
        now: Instant,
    ) -> bool {
        let mut wanted = false;
        self.with(id, |seat, acts| {
            wanted = seat.machine.connected(at, now, acts);
            if wanted {
                seat.connection = Some((serial, connection));
                (seat.health, seat.health_since) = (Health::Unknown, now);
            }
        });
        wanted
    }

    /// An attempt failed.
    pub(crate) fn failed(&mut self, id: EndpointId, at: &Address, error: SharedError, now: Instant) {
        self.with(id, |seat, acts| seat.machine.failed(at, error, now, acts));
    }

    /// The connection with that serial takes no more calls; `loss` says how it ended. It is yielded, to be closed. A late
    /// report, after it was replaced, does nothing.
    pub(crate) fn lost(
        &mut self,
        id: EndpointId,
        serial: u64,
        loss: impl FnOnce(&C) -> Loss,
        now: Instant,
    ) -> Option<C> {
        let seat = self.seat(id)?;
        let (_, connection) = seat.connection.take_if(|(known, _)| *known == serial)?;
        self.resolve = true;
        self.table.set(id.index, None);
        let loss = loss(&connection);
        // Where it is wanted connected, the next update starts it again.
        self.with(id, |seat, _| seat.machine.lost(loss, now));
        Some(connection)
    }

    /// What health checks say of the connection with that serial.
    #[cfg_attr(not(test), expect(dead_code, reason = "grpc.health.v1, which reports it, is not built yet"))]
    pub(crate) fn health(&mut self, id: EndpointId, serial: u64, health: Health, now: Instant) {
        let Some(seat) = self.seat(id).filter(|s| s.connection.as_ref().is_some_and(|(n, _)| *n == serial))
        else {
            return;
        };
        if seat.health != health {
            (seat.health, seat.health_since) = (health, now);
            self.dirty = true;
        }
    }

    /// A picker asked for this endpoint. One that is gone, or not idle, stays as it is.
    pub(crate) fn nudge(&mut self, id: EndpointId, now: Instant) {
        self.with(id, |seat, acts| seat.machine.start(now, acts));
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, now: Instant) {
        while let Some(&Reverse((at, id))) = self.timers.peek() {
            if at > now {
                break;
            }
            self.timers.pop();
            // A timer that was overtaken by another is left in the heap and skipped here.
            if self.seat(id).is_some_and(|seat| seat.machine.deadline() == Some(at)) {
                self.with(id, |seat, acts| seat.machine.tick(now, acts));
            }
        }
        if self.wake.is_some_and(|wake| wake <= now) {
            self.wake = None;
            self.dirty = true;
        }
    }

    /// When [`tick`](Self::tick) is next due.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        [self.timers.peek().map(|timer| timer.0.0), self.wake].into_iter().flatten().min()
    }

    /// Whether a publication is due.
    pub(crate) fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// The instance of an endpoint, if it is still wanted.
    pub(crate) fn instance(&self, id: EndpointId) -> Option<Arc<Instance>> {
        let seat = self.seats.get(id.index as usize)?.as_ref().filter(|seat| seat.id == id)?;
        Some(seat.node.instance.clone())
    }

    /// How many endpoints there are.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// What is to be dialled and given up, after the publication.
    pub(crate) fn take_acts(&mut self) -> Vec<(EndpointId, Act)> {
        mem::take(&mut self.acts)
    }

    /// The connections to close, after the publication.
    pub(crate) fn take_closing(&mut self) -> Vec<C> {
        mem::take(&mut self.closing)
    }

    /// Whether a fresher answer of discovery is wanted.
    pub(crate) fn take_resolve(&mut self) -> bool {
        mem::take(&mut self.resolve)
    }

    /// Why the current set is refused, if it is.
    pub(crate) fn refused(&self) -> Option<&BadUpdate> {
        self.refused.as_ref()
    }

    /// The table of connections that belongs to the state of the last flush.
    pub(crate) fn table(&self) -> Table<C> {
        self.table.clone()
    }

    /// Runs the tree, again while that starts endpoints that some policy was told are idle. What it yields, together with
    /// [`table`](Self::table), is one publication.
    pub(crate) fn flush(&mut self, now: Instant) -> State {
        let mut state = self.update(now);
        for _ in 0..SETTLE {
            if !self.dirty {
                break;
            }
            state = self.update(now);
        }
        state
    }

    fn update(&mut self, now: Instant) -> State {
        self.dirty = false;
        (self.wake, self.refused) = (None, None);
        self.round += 1;
        let (mut tree, choice, instances) =
            (mem::take(&mut self.tree), self.choice.clone(), self.instances.clone());
        let previous = mem::take(&mut self.order);
        self.order.reserve(previous.len());
        let mut asks = Asks { hub: self, now, previous: &previous, cursor: 0 };
        // "No answer yet", "no instances" and "all drained" are three things, and no policy hears of any of them.
        let state = instances.as_ref().map(|(_, eligible)| tree.update(eligible, &choice, &mut asks));
        self.tree = tree;
        self.release_unasked(&previous);
        self.start_wanted(now);
        self.judge(state)
    }

    /// Lets go of the endpoints that the last update did not ask for.
    fn release_unasked(&mut self, previous: &[u32]) {
        for &index in previous {
            let place = &mut self.seats[index as usize];
            let Some(mut seat) = place.take_if(|seat| seat.asked != self.round) else { continue };
            let mut acts = Vec::new();
            seat.machine.release(&mut acts);
            self.acts.extend(acts.into_iter().map(|act| (seat.id, act)));
            self.closing.extend(seat.connection.take().map(|(_, connection)| connection));
            self.by_key.remove(seat.node.instance.key());
            self.table.set(index, None);
            self.free.push(index);
        }
    }

    /// Starts the idle endpoints that are wanted connected. Where a policy was told "idle" of one of them, the tree runs again.
    fn start_wanted(&mut self, now: Instant) {
        for place in 0..self.order.len() {
            let Some(seat) = &self.seats[self.order[place] as usize] else { continue };
            if seat.want.demand == Demand::Connect && seat.machine.state() == Connectivity::Idle {
                let (id, told, dirty) = (seat.id, seat.told_idle == self.round, self.dirty);
                self.with(id, |seat, acts| seat.machine.start(now, acts));
                self.dirty = dirty | told;
            }
        }
    }

    /// The state of the tree, or the reason why it has none.
    fn judge(&self, state: Option<State>) -> State {
        let error = || self.discovery_error.clone().map(Failure::Discovery);
        match (&self.instances, state) {
            (None, _) | (_, None) => error().map_or_else(State::connecting, State::failing),
            (Some((all, eligible)), Some(_)) if eligible.is_empty() && !all.is_empty() => {
                State::failing(Failure::AllDrained { known: all.len() })
            }
            (Some(_), Some(state)) => match error() {
                Some(error) if state.connectivity == Connectivity::TransientFailure => State::failing(error),
                _ => state,
            },
        }
    }

    fn seat(&mut self, id: EndpointId) -> Option<&mut Seat<C>> {
        self.seats.get_mut(id.index as usize)?.as_mut().filter(|seat| seat.id == id)
    }

    /// Lets something happen to an endpoint, and draws the consequences: acts, timers, the table, whether to publish.
    fn with(&mut self, id: EndpointId, happen: impl FnOnce(&mut Seat<C>, &mut Vec<Act>)) {
        let Some(seat) = self.seat(id) else { return };
        let (before, deadline) = (seat.machine.state(), seat.machine.deadline());
        let had = seat.connection.as_ref().map(|(serial, _)| *serial);
        let mut acts = Vec::new();
        happen(seat, &mut acts);
        let stale = seat.is_stale();
        if stale {
            let instance = seat.node.instance.clone();
            seat.renew(&instance);
        }
        let (after, next) = (seat.machine.state(), seat.machine.deadline());
        // A machine that is not READY has let go of its connection.
        let closing = seat.connection.take_if(|_| after != Connectivity::Ready);
        let has = seat.connection.as_ref().map(|(serial, _)| *serial);
        let entry =
            (had != has).then(|| seat.connection.as_ref().map(|(_, connection)| (id, connection.clone())));
        self.closing.extend(closing.map(|(_, connection)| connection));
        self.dirty |= before != after || stale;
        self.resolve |= before != after && after == Connectivity::TransientFailure;
        if let Some(entry) = entry {
            self.table.set(id.index, entry);
        }
        if let Some(at) = next.filter(|at| deadline != Some(*at)) {
            self.timers.push(Reverse((at, id)));
        }
        self.acts.extend(acts.into_iter().map(|act| (id, act)));
    }
}

/// For tests: what must hold between events.
#[cfg(test)]
impl<C: Clone> Hub<C> {
    pub(crate) fn check(&self) {
        assert_eq!(self.order.len(), self.seats.iter().flatten().count());
        for seat in self.seats.iter().flatten() {
            let ready = seat.machine.state() == Connectivity::Ready;
            assert_eq!(seat.asked, self.round, "asked for in the last update");
            assert_eq!(ready, seat.connection.is_some(), "READY means a connection");
            assert_eq!(ready, self.table.get(seat.id).is_some(), "and the table has it");
            let idle = seat.machine.state() == Connectivity::Idle;
            assert!(!(idle && seat.want.demand == Demand::Connect), "wanted, so not idle");
        }
    }
}
