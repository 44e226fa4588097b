//! The golden cases of one endpoint (gRPC cases 1-11, 14, 15, 24, 83, 84), with a hand-moved clock.

use super::*;

/// Runs a machine against peers that answer on a schedule, and keeps the log of dials.
struct Lab {
    machine: Machine,
    start: Instant,
    now: Instant,
    peers: Vec<(&'static str, Peer)>,
    pending: Vec<(Instant, Address, bool)>,
    dials: Vec<(u64, String)>,
    states: Vec<Connectivity>,
    aborted: Vec<(u64, String)>,
}

#[derive(Clone, Copy)]
enum Peer {
    Accept(u64),
    Refuse(u64),
    Hang,
}

fn address(name: &str) -> Address {
    format!("{name}:1").parse().unwrap()
}

fn exact() -> Timing {
    Timing { backoff: Backoff { jitter: 0.0, ..Backoff::default() }, ..Timing::default() }
}

impl Lab {
    fn new(peers: &[(&'static str, Peer)]) -> Self {
        let now = Instant::now();
        let addresses: Vec<_> = peers.iter().map(|(name, _)| address(name)).collect();
        Self {
            machine: Machine::new(&addresses, exact(), 1, now),
            start: now,
            now,
            peers: peers.to_vec(),
            pending: Vec::new(),
            dials: Vec::new(),
            states: Vec::new(),
            aborted: Vec::new(),
        }
    }

    fn ms(&self) -> u64 {
        u64::try_from((self.now - self.start).as_millis()).unwrap()
    }

    fn set(&mut self, name: &'static str, peer: Peer) {
        self.peers.retain(|(n, _)| *n != name);
        self.peers.push((name, peer));
    }

    fn act(&mut self, acts: Vec<Act>) {
        for act in acts {
            match act {
                Act::Dial { address: at, timeout } => {
                    let name = at.to_string().trim_end_matches(":1").to_owned();
                    let peer = self.peers.iter().find(|(n, _)| *n == name).map(|(_, p)| *p);
                    let (after, ok) = match peer {
                        Some(Accept(ms)) => (Duration::from_millis(ms), true),
                        Some(Refuse(ms)) => (Duration::from_millis(ms), false),
                        Some(Hang) | None => (timeout, false),
                    };
                    self.dials.push((self.ms(), name));
                    self.pending.push((self.now + after, at, ok));
                }
                Act::Abort(at) => {
                    self.aborted.push((self.ms(), at.to_string()));
                    self.pending.retain(|p| p.1 != at);
                }
            }
        }
        if self.states.last() != Some(&self.machine.state()) {
            self.states.push(self.machine.state());
        }
    }

    fn go(&mut self) {
        let mut acts = Vec::new();
        self.machine.start(self.now, &mut acts);
        self.act(acts);
    }

    /// Moves the clock to `ms`, doing all that falls due.
    fn until(&mut self, ms: u64) {
        let end = self.start + Duration::from_millis(ms);
        loop {
            let next = self.pending.iter().map(|p| p.0).chain(self.machine.deadline()).min();
            let Some(next) = next.filter(|n| *n <= end) else { break };
            self.now = next.max(self.now);
            let mut acts = Vec::new();
            if let Some(place) = self.pending.iter().position(|p| p.0 <= self.now) {
                let (_, at, ok) = self.pending.remove(place);
                if ok {
                    assert!(self.machine.connected(&at, self.now, &mut acts));
                } else {
                    let error = std::sync::Arc::new(std::io::Error::other(format!("{at} refused")));
                    self.machine.failed(&at, error, self.now, &mut acts);
                }
            } else {
                self.machine.tick(self.now, &mut acts);
            }
            self.act(acts);
        }
        self.now = end;
    }

    fn lose(&mut self) {
        self.machine.lost(Loss { graceful: false, begun: true, answered: true }, self.now);
        self.act(Vec::new());
    }

    fn dialed(&self) -> Vec<(u64, &str)> {
        self.dials.iter().map(|(t, n)| (*t, n.as_str())).collect()
    }
}

use Connectivity::{Connecting, Idle, Ready, TransientFailure};
use Peer::{Accept, Hang, Refuse};

/// gRPC case 1.
#[test]
fn a_refusal_moves_on_to_the_next_address_at_once() {
    let mut lab = Lab::new(&[("a", Refuse(0)), ("b", Accept(1))]);
    lab.go();
    lab.until(10);
    assert_eq!(lab.dialed(), [(0, "a"), (0, "b")]);
    assert_eq!(lab.states, [Connecting, Ready]);
}

/// gRPC case 2, C 46.
#[test]
fn all_refusing_is_one_sticky_failure_with_the_last_error_and_a_back_off_each() {
    let mut lab = Lab::new(&[("a", Refuse(0)), ("b", Refuse(0)), ("c", Refuse(0))]);
    lab.go();
    lab.until(500);
    assert_eq!(lab.states, [Connecting, TransientFailure]);
    assert_eq!(lab.machine.error().unwrap().to_string(), "c:1 refused");
    lab.set("c", Hang);
    lab.until(1_500);
    let second: Vec<_> = lab.dialed()[3..].to_vec();
    assert_eq!(second, [(1_000, "a"), (1_000, "b"), (1_000, "c")]);
    lab.set("a", Hang);
    lab.set("b", Accept(1));
    lab.until(3_000);
    assert_eq!(lab.states, [Connecting, TransientFailure, Ready], "no CONNECTING in between");
}

/// A62: after the pass, every n-th failure of n addresses refreshes the error, so that calls see a recent one.
#[test]
fn the_error_of_a_lasting_failure_is_refreshed_once_a_round() {
    let addresses = ["a", "b"].map(address);
    let now = Instant::now();
    let mut machine = Machine::new(&addresses, exact(), 1, now);
    let mut acts = Vec::new();
    machine.start(now, &mut acts);
    let mut texts = Vec::new();
    for n in 0..6 {
        let error = std::sync::Arc::new(std::io::Error::other(format!("failure {n}")));
        let at = now + Duration::from_secs(n * 60);
        machine.tick(at, &mut acts);
        machine.failed(&addresses[usize::try_from(n % 2).unwrap()], error, at, &mut acts);
        texts.push(machine.error().map(ToString::to_string).unwrap());
    }
    assert_eq!(texts, ["failure 0", "failure 1", "failure 1", "failure 3", "failure 3", "failure 5"]);
}

/// gRPC case 3, C 44.
#[test]
fn a_silent_address_costs_250_ms_and_its_attempt_is_given_up() {
    let mut lab = Lab::new(&[("a", Hang), ("b", Accept(1))]);
    lab.go();
    lab.until(300);
    assert_eq!(lab.dialed(), [(0, "a"), (250, "b")]);
    assert_eq!((lab.machine.state(), lab.aborted.clone()), (Ready, vec![(251, "a:1".to_owned())]));
}

/// C 45: IPv6 is broken, IPv4 is fine: whatever their order in the answer, one address of each is tried in turn.
#[test]
fn a_broken_address_family_costs_250_ms() {
    let addresses: Vec<Address> = ["[2001:db8::1]:80", "[2001:db8::2]:80", "192.0.2.1:80", "192.0.2.2:80"]
        .map(|a| a.parse().unwrap())
        .into();
    let now = Instant::now();
    let mut machine = Machine::new(&addresses, exact(), 1, now);
    let mut acts = Vec::new();
    machine.start(now, &mut acts);
    machine.tick(now + Duration::from_millis(250), &mut acts);
    let dialed: Vec<_> = acts
        .iter()
        .map(|act| matches!(act, Act::Dial { address: Address::Tcp(at), .. } if at.is_ipv4()))
        .collect();
    assert_eq!(dialed, [false, true]);
    assert!(machine.connected(&addresses[2], now + Duration::from_millis(251), &mut acts));
    assert_eq!(acts[2], Act::Abort(addresses[0].clone()));
}

/// gRPC case 4.
#[test]
fn silent_addresses_are_250_ms_apart_and_no_timer_follows_the_last() {
    let mut lab = Lab::new(&[("a", Hang), ("b", Hang), ("c", Hang)]);
    lab.go();
    lab.until(600);
    assert_eq!(lab.dialed(), [(0, "a"), (250, "b"), (500, "c")]);
    assert_eq!(lab.machine.deadline(), None);
}

/// gRPC case 6.
#[test]
fn a_failure_of_the_frontier_moves_on_at_once() {
    let mut lab = Lab::new(&[("a", Hang), ("b", Refuse(50)), ("c", Hang)]);
    lab.go();
    lab.until(600);
    assert_eq!(lab.dialed(), [(0, "a"), (250, "b"), (300, "c")]);
}

/// gRPC case 6, its other half: a failure behind the frontier moves nothing.
#[test]
fn a_failure_behind_the_frontier_does_not_touch_the_timer() {
    let mut lab = Lab::new(&[("a", Refuse(300)), ("b", Hang), ("c", Hang)]);
    lab.go();
    lab.until(600);
    assert_eq!(lab.dialed(), [(0, "a"), (250, "b"), (500, "c")]);
}

/// gRPC case 8, C 47.
#[test]
fn no_failure_is_reported_while_an_earlier_address_is_still_connecting() {
    let mut lab = Lab::new(&[("a", Hang), ("b", Refuse(0))]);
    lab.go();
    lab.until(19_900);
    assert_eq!(lab.states, [Connecting]);
    lab.until(20_000);
    assert_eq!(lab.states, [Connecting, TransientFailure]);
}

/// gRPC case 14, at the machine: the list changes under a connection.
#[test]
fn a_new_list_keeps_the_connection_if_it_has_its_address() {
    let mut lab = Lab::new(&[("a", Refuse(0)), ("b", Accept(1))]);
    lab.set("c", Accept(1));
    lab.go();
    lab.until(10);
    let mut acts = Vec::new();
    lab.machine.readdress(&[address("b"), address("c")], lab.now, &mut acts);
    assert_eq!(acts, []);
    lab.machine.readdress(&[address("c"), address("d")], lab.now, &mut acts);
    lab.act(acts);
    assert_eq!(lab.machine.state(), Connecting);
    lab.until(20);
    assert_eq!((lab.machine.state(), lab.dialed()[2]), (Ready, (10, "c")));
}

#[test]
fn a_new_list_during_failure_is_tried_without_leaving_failure() {
    let mut lab = Lab::new(&[("a", Refuse(0))]);
    lab.set("b", Accept(1));
    lab.go();
    lab.until(500);
    let mut acts = Vec::new();
    lab.machine.readdress(&[address("a"), address("b")], lab.now, &mut acts);
    lab.act(acts);
    lab.until(600);
    assert_eq!(lab.states, [Connecting, TransientFailure, Ready]);
    assert_eq!(lab.dialed(), [(0, "a"), (500, "b")], "a waits out its back-off");
}

/// gRPC case 15: after a loss nothing is dialled until asked, and the pass begins with the first address.
#[test]
fn a_loss_is_idle_until_asked() {
    let mut lab = Lab::new(&[("a", Refuse(0)), ("b", Accept(1))]);
    lab.go();
    lab.until(10);
    lab.lose();
    lab.until(5_000);
    assert_eq!((lab.machine.state(), lab.dials.len()), (Idle, 2));
    lab.set("a", Accept(1));
    lab.go();
    lab.until(5_010);
    assert_eq!((lab.machine.state(), lab.dialed()[2..].to_vec()), (Ready, vec![(5_000, "a")]));
}

/// gRPC case 83.
#[test]
fn back_off_restarts_after_a_connection() {
    let mut lab = Lab::new(&[("a", Refuse(0))]);
    lab.go();
    lab.until(10_000);
    let times: Vec<_> = lab.dials.iter().map(|d| d.0).collect();
    assert_eq!(times, [0, 1_000, 2_600, 5_160, 9_256]);
    lab.set("a", Accept(0));
    lab.until(17_000);
    lab.lose();
    lab.set("a", Refuse(0));
    lab.go();
    lab.until(20_000);
    let times: Vec<_> = lab.dials.iter().skip(6).map(|d| d.0).collect();
    assert_eq!(times, [17_000, 18_000, 19_600]);
}

/// gRPC case 84.
#[test]
fn a_silent_peer_gets_20_seconds_until_the_back_off_is_longer() {
    let mut lab = Lab::new(&[("a", Hang)]);
    lab.go();
    lab.until(400_000);
    let times: Vec<_> = lab.dials.iter().map(|d| d.0).collect();
    assert_eq!(times[..8], [0, 20_000, 40_000, 60_000, 80_000, 100_000, 120_000, 140_000]);
    assert_eq!(times[8] - times[7], 26_843, "the eighth attempt lasts as long as its back-off");
    assert_eq!(lab.states, [Connecting, TransientFailure]);
}

/// The bound of the issue: at most 10 dials in 10 s.
#[test]
fn a_server_that_accepts_and_closes_is_not_dialled_without_a_pause() {
    let mut lab = Lab::new(&[("a", Accept(0))]);
    for ms in 0..10_000 {
        lab.go();
        lab.until(ms);
        if lab.machine.state() == Ready {
            lab.machine.lost(Loss { graceful: false, begun: true, answered: false }, lab.now);
        }
    }
    assert!((2..=10).contains(&lab.dials.len()), "{:?}", lab.dials);
}

#[test]
fn a_server_that_recycles_useful_connections_is_redialled_at_once_and_a_useless_one_soon() {
    for (useful, least, most) in [(true, 300, 400), (false, 70, 110)] {
        let mut lab = Lab::new(&[("a", Accept(0))]);
        for ms in 0..10_000 {
            lab.go();
            lab.until(ms);
            if lab.machine.state() == Ready && lab.now - lab.machine.since() >= Duration::from_millis(29) {
                lab.machine.lost(Loss { graceful: true, begun: useful, answered: false }, lab.now);
            }
        }
        assert!((least..=most).contains(&lab.dials.len()), "{useful}: {}", lab.dials.len());
    }
}

/// A server that takes calls and gives them back unseen, by a GOAWAY at once, is no better than one that closes.
#[test]
fn a_server_that_gives_back_every_call_is_dialled_with_pauses() {
    let mut lab = Lab::new(&[("a", Accept(0))]);
    for ms in 0..10_000 {
        lab.go();
        lab.until(ms);
        if lab.machine.state() == Ready {
            lab.machine.lost(Loss { graceful: true, begun: true, answered: false }, lab.now);
        }
    }
    assert!((90..=110).contains(&lab.dials.len()), "{}", lab.dials.len());
}

#[test]
fn releasing_gives_up_attempts_and_closes() {
    let mut lab = Lab::new(&[("a", Hang), ("b", Hang)]);
    lab.go();
    lab.until(300);
    let mut acts = Vec::new();
    lab.machine.release(&mut acts);
    assert_eq!(acts, [Act::Abort(address("a")), Act::Abort(address("b"))]);
}
