use super::{Event, Front, Handle, Publication, dials::Dials, now, pace::Pace};
use crate::{
    call::Peer,
    hub::Hub,
    machine::Act,
    transport::{Closed, Connect, ConnectError, Connection},
};
use evenkeel_core::{
    Address, Change, Connectivity, EndpointId, Failure, Snapshot, State, service_config::Configs,
};
use evenkeel_discover::{Known, Watching};
use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::{sleep_until, timeout},
};

/// The driver's task.
#[derive(Debug)]
pub(crate) struct Driver<T: Connect> {
    parts: Parts<T>,
    tasks: JoinSet<()>,
    dials: Dials,
    /// Connections that take no more calls and may still have some.
    draining: Vec<Weak<Handle<T::Connection>>>,
    serial: u64,
    version: u64,
    pace: Pace,
    /// Something that is in use went away: publish without a pause.
    urgent: bool,
    /// The set that is in force, for the log.
    known: Option<Snapshot>,
    awake_since: Instant,
    config_refused: bool,
}

/// What a driver is made of.
#[derive(Debug)]
pub(crate) struct Parts<T: Connect> {
    pub(crate) name: Arc<str>,
    pub(crate) hub: Hub<Arc<Handle<T::Connection>>>,
    pub(crate) front: Arc<Front<T::Connection>>,
    pub(crate) transport: T,
    /// Weak, so that the channel's handles alone keep the driver alive.
    pub(crate) events: mpsc::WeakUnboundedSender<Event<T::Connection>>,
    pub(crate) discovery: Watching,
    pub(crate) configs: Configs,
    pub(crate) idle_timeout: Option<Duration>,
}

/// The least number of events that are folded into one update.
const BATCH: usize = 1024;

impl<T: Connect> Driver<T> {
    pub(crate) fn new(parts: Parts<T>) -> Self {
        Self {
            parts,
            tasks: JoinSet::new(),
            dials: Dials::default(),
            draining: Vec::new(),
            serial: 0,
            version: 0,
            pace: Pace::default(),
            urgent: false,
            known: None,
            awake_since: now(),
            config_refused: false,
        }
    }

    /// Runs until the last handle of the channel is dropped, or the channel is closed.
    pub(crate) async fn run(mut self, mut events: mpsc::UnboundedReceiver<Event<T::Connection>>) {
        let closing = loop {
            let wake = self.deadline();
            let began;
            tokio::select! {
                event = events.recv() => match event {
                    None => break None,
                    Some(Event::Close(grace, done)) => break Some((grace, done)),
                    Some(event) => {
                        began = Instant::now();
                        let now = now();
                        self.event(event, now);
                        if let Some(closing) = self.fold(&mut events, now) {
                            break Some(closing);
                        }
                    }
                },
                known = self.parts.discovery.next() => {
                    began = Instant::now();
                    self.discovered(&known);
                }
                () = sleep(wake) => began = Instant::now(),
            }
            self.turn();
            self.parts.front.worked(began.elapsed());
        };
        self.release_all(closing.is_some());
        if let Some((grace, done)) = closing {
            self.end_calls(grace).await;
            let _ = done.send(());
        }
    }

    /// Takes in what else has come by now. Yields a request to close.
    fn fold(
        &mut self,
        events: &mut mpsc::UnboundedReceiver<Event<T::Connection>>,
        now: Instant,
    ) -> Option<(Duration, oneshot::Sender<()>)> {
        for _ in 1..BATCH.max(self.parts.hub.len() / 8) {
            match events.try_recv() {
                Ok(Event::Close(grace, done)) => return Some((grace, done)),
                Ok(event) => self.event(event, now),
                Err(_) => break,
            }
        }
        None
    }

    /// What follows from the events: timers, one publication, then acts.
    fn turn(&mut self) {
        let now = now();
        while self.tasks.try_join_next().is_some() {}
        self.parts.hub.tick(now);
        self.parts.discovery.tick(now);
        self.sleep_if_unused(now);
        if self.parts.hub.is_dirty() && (self.urgent || self.pace.due(now) <= now) {
            self.flush(now);
        }
        if self.parts.hub.take_resolve() {
            self.parts.discovery.want_refresh(now);
        }
        let refused = self.config_refused || self.parts.hub.refused().is_some();
        self.parts.discovery.insist(refused, now);
        self.act();
    }

    /// Closes and dials, after the publication.
    fn act(&mut self) {
        for handle in self.parts.hub.take_closing() {
            self.drain(&handle);
        }
        for (id, act) in self.parts.hub.take_acts() {
            match act {
                Act::Dial { address, timeout } => self.dial(id, address, timeout),
                Act::Abort(address) => {
                    if let Some(task) = self.dials.remove(id, &address) {
                        task.abort();
                    }
                }
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let held = self.parts.hub.is_dirty().then(|| self.pace.due(now()));
        let times = [self.parts.hub.deadline(), self.parts.discovery.deadline(), self.idle_deadline(), held];
        times.into_iter().flatten().min()
    }

    fn flush(&mut self, now: Instant) {
        let began = Instant::now();
        let refused_before = self.parts.hub.refused().cloned();
        let state = self.parts.hub.flush(now);
        if let Some(why) = self.parts.hub.refused().filter(|why| refused_before.as_ref() != Some(why)) {
            tracing::warn!(channel = %self.parts.name, %why, "the policy refused the set");
        }
        self.publish(state, false);
        self.urgent = false;
        self.pace.spent(began.elapsed(), now);
    }

    fn publish(&mut self, state: State, closed: bool) {
        self.version += 1;
        let asleep = !self.parts.discovery.is_awake();
        let idle = asleep && !closed;
        let publication = Publication {
            version: self.version,
            state: if idle {
                State { connectivity: Connectivity::Idle, ..State::connecting() }
            } else {
                state
            },
            table: self.parts.hub.table(),
            config: self.parts.configs.current().cloned().unwrap_or_default(),
            asleep,
            closed,
        };
        let (from, to) = (*self.parts.front.state.borrow(), publication.state.connectivity);
        self.parts.front.publish(publication);
        if from != to {
            tracing::info!(channel = %self.parts.name, %from, %to, "the channel's state changed");
        }
    }

    /// Takes in what discovery knows.
    fn discovered(&mut self, known: &Known) {
        match &known.set {
            Some(set) => self.set(set),
            // The last good set was too old.
            None if self.known.take().is_some() => {
                self.parts.hub.forget();
                self.urgent = true;
            }
            None => {}
        }
        if let Some(error) = &known.error {
            self.parts.hub.discovery_failed(error.clone());
        }
    }

    fn set(&mut self, set: &Snapshot) {
        match self.parts.configs.accept(set) {
            Ok(()) => self.config_refused = false,
            Err(error) => {
                tracing::warn!(channel = %self.parts.name, %error, "the service config was refused");
                self.config_refused = true;
                if self.parts.configs.current().is_none() {
                    return self.parts.hub.discovery_failed(Arc::new(Failure::Config(Arc::new(error))));
                }
            }
        }
        if let Some(config) = self.parts.configs.current() {
            self.parts.hub.choice(self.parts.configs.choice(config));
        }
        if self.known.as_ref().is_some_and(|known| known.same(set)) {
            // The same answer once more clears an error, and that is all.
            return self.parts.hub.instances(set.clone());
        }
        let change = Change::between(self.known.as_deref().unwrap_or_default(), set);
        if self.known.is_none() || !change.is_empty() {
            let (added, updated, removed) = (change.added.len(), change.updated.len(), change.removed.len());
            tracing::info!(channel = %self.parts.name, instances = set.len(), added, updated, removed, "the set changed");
        }
        self.urgent |= !change.removed.is_empty();
        self.known = Some(set.clone());
        self.parts.hub.instances(set.clone());
    }

    fn event(&mut self, event: Event<T::Connection>, now: Instant) {
        match event {
            Event::Dialed(id, at, serial, Ok(connection)) => self.connected(id, &at, serial, connection, now),
            Event::Dialed(id, at, _, Err(error)) => {
                self.dials.remove(id, &at);
                tracing::debug!(channel = %self.parts.name, address = %at, %error, "an attempt to connect failed");
                self.parts.hub.failed(id, &at, Arc::new(error), now);
            }
            Event::Lost(id, serial, why) => self.lost(id, serial, &why, now),
            Event::Nudge(id) => self.parts.hub.nudge(id, now),
            Event::Wake if !self.parts.discovery.is_awake() => {
                self.parts.discovery.wake();
                self.awake_since = now;
                self.publish(State::connecting(), false);
            }
            Event::Wake | Event::Close(..) => {}
        }
    }

    fn connected(
        &mut self,
        id: EndpointId,
        at: &Address,
        serial: u64,
        connection: T::Connection,
        now: Instant,
    ) {
        self.dials.remove(id, at);
        // Without an instance the endpoint was released while this attempt succeeded.
        let Some(instance) = self.parts.hub.instance(id) else { return connection.drain() };
        let peer = Peer::new(instance, at.clone());
        let handle = Arc::new(Handle::new(connection, peer));
        if self.parts.hub.connected(id, at, serial, handle.clone(), now) {
            tracing::debug!(channel = %self.parts.name, address = %at, "connected");
        } else {
            // Another address won.
            handle.connection.drain();
        }
    }

    fn lost(&mut self, id: EndpointId, serial: u64, why: &Closed, now: Instant) {
        let graceful = matches!(why, Closed::GoAway { code: 0, .. });
        if let Some(handle) = self.parts.hub.lost(id, serial, |handle| handle.loss(graceful), now) {
            tracing::debug!(channel = %self.parts.name, address = %handle.peer.address, %why, "a connection was lost");
            self.drain(&handle);
            self.urgent = true;
        }
    }

    fn drain(&mut self, handle: &Arc<Handle<T::Connection>>) {
        handle.connection.drain();
        if self.draining.len() == self.draining.capacity() {
            self.draining.retain(|handle| handle.strong_count() > 0);
        }
        self.draining.push(Arc::downgrade(handle));
    }

    /// Starts an attempt. Its task stays with the connection that comes of it, to tell of its end.
    fn dial(&mut self, id: EndpointId, address: Address, limit: Duration) {
        self.serial += 1;
        let (connect, events, serial) =
            (self.parts.transport.connect(&address), self.parts.events.clone(), self.serial);
        let at = address.clone();
        let task = self.tasks.spawn(async move {
            let tell = |event| events.upgrade().is_some_and(|events| events.send(event).is_ok());
            match timeout(limit, connect).await.unwrap_or(Err(ConnectError::Timeout(limit))) {
                Ok(connection) => {
                    let closed = connection.closed();
                    if tell(Event::Dialed(id, at, serial, Ok(connection))) {
                        tell(Event::Lost(id, serial, closed.await));
                    }
                }
                Err(error) => {
                    tell(Event::Dialed(id, at, serial, Err(error)));
                }
            }
        });
        self.dials.add(id, address, task);
    }

    fn idle_deadline(&self) -> Option<Instant> {
        let timeout = self.parts.idle_timeout.filter(|_| self.parts.discovery.is_awake())?;
        // With a call in flight, look again a whole timeout from now: it cannot be due sooner.
        let since = self.parts.front.quiet_since().map_or_else(now, |since| since.max(self.awake_since));
        Some(since + timeout)
    }

    /// A channel without calls for long lets go of everything; the next call wakes it (gRPC's channel idleness).
    fn sleep_if_unused(&mut self, now: Instant) {
        let quiet = self.parts.front.quiet_since().is_some();
        if quiet && self.idle_deadline().is_some_and(|due| due <= now) {
            tracing::info!(channel = %self.parts.name, "no calls for long, the channel goes idle");
            self.parts.discovery.sleep();
            self.parts.hub.forget();
            (self.known, self.urgent) = (None, true);
        }
    }

    /// The end: publish that first, then give up attempts and close connections, each after its last call.
    fn release_all(&mut self, closed: bool) {
        self.parts.discovery.sleep();
        self.parts.hub.forget();
        self.parts.hub.flush(now());
        self.publish(State::failing(Failure::Empty), closed);
        self.tasks.abort_all();
        for handle in self.parts.hub.take_closing() {
            self.drain(&handle);
        }
    }

    /// Waits for the calls in flight, at most for `grace`; then cuts them.
    async fn end_calls(&mut self, grace: Duration) {
        let end = now() + grace;
        while self.parts.front.quiet_since().is_none() && now() < end {
            let step = now() + Duration::from_millis(5);
            sleep(Some(step.min(end))).await;
        }
        for handle in self.draining.drain(..).filter_map(|handle| handle.upgrade()) {
            handle.connection.abort();
        }
    }
}

async fn sleep(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until.into()).await,
        None => std::future::pending().await,
    }
}
