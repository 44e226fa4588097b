use super::{Answer, latency::Latencies};
use evenkeel::{Address, channel::Peer, core::Code};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

/// What calls have come to.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) calls: u64,
    pub(super) codes: BTreeMap<Code, u64>,
    /// How often calls were sent.
    pub(super) attempts: u64,
    pub(super) reached: HashMap<Address, Reached>,
    pub(super) latencies: Latencies,
    /// When each call ended and who answered it, where that is asked for.
    pub(super) sequence: Option<Vec<(Instant, Option<Arc<Peer>>)>>,
    pub(super) first_failure: Option<(Instant, Code, String)>,
}

/// The calls that reached one address.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) peer: Arc<Peer>,
    pub(super) calls: u64,
    pub(super) ok: u64,
}

impl Tally {
    /// Nothing yet, with room for a share of all latencies.
    pub(super) fn new(shares: usize, sequence: bool) -> Self {
        Self {
            calls: 0,
            codes: BTreeMap::new(),
            attempts: 0,
            reached: HashMap::new(),
            latencies: Latencies::new(shares),
            sequence: sequence.then(Vec::new),
            first_failure: None,
        }
    }

    /// One more call.
    pub(super) fn note(&mut self, answer: Answer, latency: Duration, ended: Instant) {
        let Answer { code, text, served } = answer;
        self.calls += 1;
        *self.codes.entry(code).or_default() += 1;
        self.latencies.note(latency);
        if code != Code::Ok && self.first_failure.is_none() {
            self.first_failure = Some((ended, code, text));
        }
        let peer = served.map(|served| {
            self.attempts += u64::from(served.attempts);
            self.reach(&served.peer, 1, u64::from(code == Code::Ok));
            served.peer
        });
        if let Some(sequence) = &mut self.sequence {
            sequence.push((ended, peer));
        }
    }

    fn reach(&mut self, peer: &Arc<Peer>, calls: u64, ok: u64) {
        if let Some(reached) = self.reached.get_mut(&peer.address) {
            (reached.calls, reached.ok) = (reached.calls + calls, reached.ok + ok);
        } else {
            self.reached.insert(peer.address.clone(), Reached { peer: peer.clone(), calls, ok });
        }
    }

    /// Both together.
    pub(super) fn merge(&mut self, other: Self) {
        self.calls += other.calls;
        self.attempts += other.attempts;
        self.latencies.merge(other.latencies);
        for (code, calls) in other.codes {
            *self.codes.entry(code).or_default() += calls;
        }
        for Reached { peer, calls, ok } in other.reached.into_values() {
            self.reach(&peer, calls, ok);
        }
        if let (Some(all), Some(more)) = (&mut self.sequence, other.sequence) {
            all.extend(more);
        }
        let failures = [self.first_failure.take(), other.first_failure];
        self.first_failure = failures.into_iter().flatten().min_by_key(|(at, ..)| *at);
    }
}
