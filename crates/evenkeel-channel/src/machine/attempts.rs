use super::{Act, Timing};
use evenkeel_core::{Address, interleave};
use std::time::Instant;

/// The attempts at the addresses of one endpoint.
#[derive(Debug)]
pub(super) struct Attempts {
    /// In the order of dialling.
    all: Vec<Attempt>,
    /// As they were given, to tell a change.
    given: Box<[Address]>,
    pass: Option<Pass>,
}

#[derive(Debug)]
struct Attempt {
    address: Address,
    phase: Phase,
    /// Failures in a row.
    failures: u32,
    /// Whether it failed in the current pass.
    failed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Idle,
    /// Dialling; if this fails, not again before that time.
    Dialing(Instant),
    /// Failed; not again before that time.
    Waiting(Instant),
}

/// A first try of each address in turn.
#[derive(Debug, Clone, Copy)]
struct Pass {
    /// The address tried last; those behind it are not yet tried.
    frontier: usize,
    /// When to go on to the next.
    next: Option<Instant>,
}

impl Attempts {
    pub(super) fn new(addresses: &[Address]) -> Self {
        let mut attempts = Self { all: Vec::new(), given: Box::default(), pass: None };
        attempts.replace(addresses, &mut Vec::new());
        attempts
    }

    pub(super) fn len(&self) -> usize {
        self.all.len().max(1)
    }

    pub(super) fn is_over(&self, addresses: &[Address]) -> bool {
        *self.given == *addresses
    }

    pub(super) fn in_pass(&self) -> bool {
        self.pass.is_some()
    }

    /// Puts other addresses in place; those that were there keep their back-off, attempts in flight are given up.
    pub(super) fn replace(&mut self, addresses: &[Address], acts: &mut Vec<Act>) {
        self.abort_all(None, acts);
        let mut old = std::mem::take(&mut self.all);
        self.all = interleave(addresses.iter().cloned())
            .into_iter()
            .map(|address| match old.iter().position(|a| a.address == address) {
                Some(known) => Attempt { failed: false, ..old.swap_remove(known) },
                None => Attempt { address, phase: Phase::Idle, failures: 0, failed: false },
            })
            .collect();
        self.given = addresses.into();
    }

    pub(super) fn begin_pass(&mut self) {
        self.pass = Some(Pass { frontier: 0, next: None });
        for attempt in &mut self.all {
            attempt.failed = false;
        }
    }

    /// The timer has moved the frontier.
    pub(super) fn next_address(&mut self) {
        if let Some(pass) = &mut self.pass {
            pass.frontier += 1;
        }
    }

    /// Goes on from the frontier to the first address that can be dialled, or is being dialled. One that waits from an earlier
    /// pass counts as failed in this one (A62).
    pub(super) fn advance(&mut self, timing: &Timing, random: u64, now: Instant, acts: &mut Vec<Act>) {
        let Some(mut pass) = self.pass else { return };
        pass.next = None;
        let last = self.all.len().saturating_sub(1);
        while let Some(attempt) = self.all.get_mut(pass.frontier) {
            match attempt.phase {
                Phase::Waiting(until) if until > now => attempt.failed = true,
                // It has just failed in this pass.
                Phase::Waiting(_) if attempt.failed => {}
                Phase::Dialing(_) | Phase::Idle | Phase::Waiting(_) => {
                    attempt.dial(timing, random, now, acts);
                    pass.next = (pass.frontier < last).then(|| now + timing.stagger);
                    break;
                }
            }
            pass.frontier += 1;
        }
        self.pass = Some(pass);
    }

    /// Ends the pass if every address has failed in it.
    pub(super) fn end_pass_if_all_failed(&mut self) -> bool {
        let over = self.pass.is_some() && self.all.iter().all(|attempt| attempt.failed);
        if over {
            self.pass = None;
        }
        over
    }

    /// Outside a pass: dials each address whose wait is over.
    pub(super) fn redial(&mut self, timing: &Timing, random: u64, now: Instant, acts: &mut Vec<Act>) {
        for (n, attempt) in self.all.iter_mut().enumerate() {
            if matches!(attempt.phase, Phase::Waiting(until) if until <= now) || attempt.phase == Phase::Idle
            {
                attempt.dial(timing, random.rotate_left(u32::try_from(n % 64).unwrap_or(0)), now, acts);
            }
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.pass {
            Some(pass) => pass.next,
            None => self
                .all
                .iter()
                .filter_map(|a| if let Phase::Waiting(at) = a.phase { Some(at) } else { None })
                .min(),
        }
    }

    pub(super) fn is_dialing(&self, address: &Address) -> bool {
        self.all.iter().any(|a| a.address == *address && matches!(a.phase, Phase::Dialing(_)))
    }

    /// Notes a failure; whether it was at the frontier of a pass. Nothing if that address was not being dialled.
    pub(super) fn failed(&mut self, address: &Address, now: Instant) -> Option<bool> {
        let place = self.all.iter().position(|a| a.address == *address)?;
        let attempt = &mut self.all[place];
        let Phase::Dialing(until) = attempt.phase else { return None };
        attempt.phase = Phase::Waiting(until.max(now));
        attempt.failures += 1;
        attempt.failed = true;
        let frontier = self.pass.as_mut().filter(|pass| pass.frontier == place);
        Some(frontier.map(|pass| pass.frontier += 1).is_some())
    }

    /// Gives up all attempts and forgets their failures; not the one that `won`.
    pub(super) fn abort_all(&mut self, won: Option<&Address>, acts: &mut Vec<Act>) {
        self.pass = None;
        for attempt in &mut self.all {
            if matches!(attempt.phase, Phase::Dialing(_)) && Some(&attempt.address) != won {
                acts.push(Act::Abort(attempt.address.clone()));
            }
            if won.is_some() || matches!(attempt.phase, Phase::Dialing(_)) {
                attempt.phase = Phase::Idle;
            }
            if won.is_some() {
                attempt.failures = 0;
            }
        }
    }
}

impl Attempt {
    /// Starts an attempt, unless one is under way.
    fn dial(&mut self, timing: &Timing, random: u64, now: Instant, acts: &mut Vec<Act>) {
        if matches!(self.phase, Phase::Dialing(_)) {
            return;
        }
        let wait = timing.backoff.wait(self.failures, random);
        self.phase = Phase::Dialing(now + wait);
        acts.push(Act::Dial { address: self.address.clone(), timeout: wait.max(timing.connect_timeout) });
    }
}
