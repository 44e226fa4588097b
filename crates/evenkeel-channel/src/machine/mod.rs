//! The life of one endpoint: which address to dial, when to dial again, what to report. Pure: time comes in, acts go out.
//!
//! It is gRPC's `pick_first` (A61, A62): addresses in interleaved order, Happy Eyeballs (RFC 8305), the first READY wins,
//! TRANSIENT_FAILURE is sticky, each address has its own back-off.

mod attempts;
#[cfg(test)]
mod tests;

use attempts::Attempts;
pub use evenkeel_core::Backoff;
use evenkeel_core::{Address, Connectivity, SharedError, mix};
use std::time::{Duration, Instant};

/// The times of connecting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// From the start of one attempt to the start of the next address's: 250 ms (RFC 8305 section 5, gRFC A61).
    pub stagger: Duration,
    /// How long an attempt may take at least: 20 s; longer where the back-off is longer (gRPC's connection back-off).
    pub connect_timeout: Duration,
    /// How long to wait after a failure.
    pub backoff: Backoff,
}

impl Default for Timing {
    fn default() -> Self {
        let (stagger, connect_timeout) = (Duration::from_millis(250), Duration::from_secs(20));
        Self { stagger, connect_timeout, backoff: Backoff::default() }
    }
}

/// A connection that lived shorter than this, and was of no use, counts as a failure for the back-off: a server that accepts
/// and closes would else be dialled without a pause.
const YOUNG: Duration = Duration::from_secs(1);

/// The longest pause after a young connection that ended by a graceful GOAWAY: a server that recycles its connections
/// faster than anybody calls is still a good server.
const RECYCLED: Duration = Duration::from_millis(100);

/// A connection that lived shorter than this has done nothing for the calls that it began: at most 100 dials a second.
const BRIEF: Duration = Duration::from_millis(10);

/// What the owner of a machine is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// Start an attempt, and give it up after the timeout.
    Dial { address: Address, timeout: Duration },
    /// Give up an attempt.
    Abort(Address),
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Loss {
    /// By a GOAWAY without an error.
    pub(crate) graceful: bool,
    /// After a call was put on it.
    pub(crate) begun: bool,
    /// After a call on it was answered.
    pub(crate) answered: bool,
}

#[derive(Debug)]
pub(crate) struct Machine {
    timing: Timing,
    random: u64,
    state: Connectivity,
    since: Instant,
    error: Option<SharedError>,
    attempts: Attempts,
    connected: Option<Address>,
    /// How many connections in a row were young and useless.
    young: u32,
    /// Not before this time.
    hold: Option<Instant>,
    /// Failures since the pass ended; every n-th, of n addresses, refreshes the error.
    failures: usize,
}

impl Machine {
    pub(crate) fn new(addresses: &[Address], timing: Timing, random: u64, now: Instant) -> Self {
        Self {
            timing,
            random,
            state: Connectivity::Idle,
            since: now,
            error: None,
            attempts: Attempts::new(addresses),
            connected: None,
            young: 0,
            hold: None,
            failures: 0,
        }
    }

    pub(crate) fn state(&self) -> Connectivity {
        self.state
    }

    pub(crate) fn since(&self) -> Instant {
        self.since
    }

    pub(crate) fn error(&self) -> Option<&SharedError> {
        self.error.as_ref()
    }

    /// When [`tick`](Self::tick) is next due.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.state {
            Connectivity::Connecting | Connectivity::TransientFailure => {
                self.hold.or_else(|| self.attempts.deadline())
            }
            Connectivity::Idle | Connectivity::Ready => None,
        }
    }

    fn set(&mut self, state: Connectivity, now: Instant) {
        if self.state != state {
            (self.state, self.since) = (state, now);
        }
    }

    /// Leaves IDLE.
    pub(crate) fn start(&mut self, now: Instant, acts: &mut Vec<Act>) {
        if self.state != Connectivity::Idle {
            return;
        }
        self.set(Connectivity::Connecting, now);
        self.hold = self.hold.filter(|hold| *hold > now);
        if self.hold.is_none() {
            self.pass(now, acts);
        }
    }

    /// Tries all addresses, in order.
    fn pass(&mut self, now: Instant, acts: &mut Vec<Act>) {
        (self.hold, self.failures) = (None, 0);
        self.attempts.begin_pass();
        self.advance(now, acts);
    }

    fn advance(&mut self, now: Instant, acts: &mut Vec<Act>) {
        self.random = mix(self.random);
        self.attempts.advance(&self.timing, self.random, now, acts);
        self.settle(now, acts);
    }

    /// Ends a pass in which every address has failed.
    fn settle(&mut self, now: Instant, acts: &mut Vec<Act>) {
        if self.attempts.end_pass_if_all_failed() {
            self.set(Connectivity::TransientFailure, now);
            self.attempts.redial(&self.timing, self.random, now, acts);
        }
    }

    /// An attempt has succeeded. Whether it is wanted: if not, its connection is to be closed.
    pub(crate) fn connected(&mut self, address: &Address, now: Instant, acts: &mut Vec<Act>) -> bool {
        if self.connected.is_some() || !self.attempts.is_dialing(address) {
            return false;
        }
        self.attempts.abort_all(Some(address), acts);
        (self.connected, self.error, self.hold) = (Some(address.clone()), None, None);
        self.set(Connectivity::Ready, now);
        true
    }

    /// An attempt has failed.
    pub(crate) fn failed(
        &mut self,
        address: &Address,
        error: SharedError,
        now: Instant,
        acts: &mut Vec<Act>,
    ) {
        let in_pass = self.attempts.in_pass();
        let Some(frontier) = self.attempts.failed(address, now) else { return };
        if in_pass {
            self.error = Some(error);
            if frontier {
                self.advance(now, acts);
            } else {
                self.settle(now, acts);
            }
            return;
        }
        self.failures += 1;
        if self.failures.is_multiple_of(self.attempts.len()) {
            self.error = Some(error);
        }
        self.attempts.redial(&self.timing, self.random, now, acts);
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, now: Instant, acts: &mut Vec<Act>) {
        if self.deadline().is_none_or(|deadline| deadline > now) {
            return;
        }
        if self.hold.is_some() {
            self.pass(now, acts);
        } else if self.attempts.in_pass() {
            self.attempts.next_address();
            self.advance(now, acts);
        } else {
            self.random = mix(self.random);
            self.attempts.redial(&self.timing, self.random, now, acts);
        }
    }

    /// The connection is gone, or takes no more calls.
    pub(crate) fn lost(&mut self, loss: Loss, now: Instant) {
        if self.connected.take().is_none() {
            return;
        }
        let lived = now.saturating_duration_since(self.since);
        // One that ends gracefully lets its calls end, so that it began one is enough; unless it gave the call back at once.
        let useful = loss.answered || (loss.graceful && loss.begun && lived >= BRIEF);
        let young = lived < YOUNG && !useful;
        self.young = if young { self.young + 1 } else { 0 };
        if self.young > 1 {
            self.random = mix(self.random);
            let wait = self.timing.backoff.wait(self.young - 2, self.random);
            self.hold = Some(now + if loss.graceful { wait.min(RECYCLED) } else { wait });
        }
        self.set(Connectivity::Idle, now);
    }

    /// The instance has other addresses, or another order of them. Leaving READY lets go of the connection.
    pub(crate) fn readdress(&mut self, addresses: &[Address], now: Instant, acts: &mut Vec<Act>) {
        if self.attempts.is_over(addresses) {
            return;
        }
        let kept = self.connected.as_ref().is_some_and(|at| addresses.contains(at));
        self.attempts.replace(addresses, acts);
        if kept || self.state == Connectivity::Idle {
            return;
        }
        if self.connected.take().is_some() {
            self.set(Connectivity::Connecting, now);
        }
        self.pass(now, acts);
    }

    /// Nobody wants this endpoint any more.
    pub(crate) fn release(&mut self, acts: &mut Vec<Act>) {
        self.attempts.abort_all(None, acts);
    }
}
