use super::{
    Network,
    reply::{self, Body, Handler},
    site::Dialing,
};
use evenkeel_channel::{RequestBody, transport::SendError};
use evenkeel_core::{Address, Code};
use http::{Request, Response};
use std::time::Duration;

/// One peer of a [`Network`]: what it is to do, and what was done to it. Settings count for attempts and calls to come.
#[derive(Debug, Clone)]
pub struct Peer {
    network: Network,
    address: Address,
}

/// How it meets attempts to connect.
impl Peer {
    pub(super) fn new(network: Network, address: Address) -> Self {
        Self { network, address }
    }

    /// Accepts connections after a time.
    pub fn accepts(&self, after: Duration) {
        self.dialing(Dialing::Accept(after));
    }

    /// Refuses connections after a time.
    pub fn refuses(&self, after: Duration) {
        self.dialing(Dialing::Refuse(after));
    }

    /// Never answers an attempt to connect.
    pub fn hangs(&self) {
        self.dialing(Dialing::Hang);
    }

    /// Accepts connections, and closes each after 1 ms.
    pub fn flaps(&self) {
        self.dialing(Dialing::Flap);
    }

    fn dialing(&self, dialing: Dialing) {
        self.network.with(&self.address, |site| site.dialing = dialing);
    }
}

/// How it meets calls. A new peer answers each at once with OK, and names itself in the header [`reply::FROM`].
impl Peer {
    /// Answers with OK after a time.
    pub fn answers(&self, after: Duration) {
        self.handler(if after.is_zero() { reply::ok() } else { reply::ok_after(after) });
    }

    /// Sends the head of each response at once, and its end, an OK, after a time.
    pub fn streams(&self, time: Duration) {
        self.handler(reply::streaming(time));
    }

    /// Answers with this status.
    pub fn fails(&self, code: Code) {
        self.handler(reply::failing(code));
    }

    /// Takes calls and never answers.
    pub fn stays_silent(&self) {
        self.handler(reply::silent());
    }

    /// Answers as the function says, which is given the peer's address and the request.
    pub fn answers_with<F, R>(&self, handle: F)
    where
        F: Fn(Address, Request<RequestBody>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Response<Body>, SendError>> + Send + 'static,
    {
        self.handler(reply::handler(handle));
    }

    /// Refuses the next calls unseen, as by `REFUSED_STREAM`.
    pub fn refuses_unseen(&self, calls: u32) {
        self.network.with(&self.address, |site| site.faults.refuse = calls);
    }

    /// Gives the next calls back unsent; the connection of each takes no more calls from then on.
    pub fn gives_back(&self, calls: u32) {
        self.network.with(&self.address, |site| site.faults.give_back = calls);
    }

    fn handler(&self, handler: Handler) {
        self.network.with(&self.address, |site| site.handler = handler);
    }
}

/// What befalls its connections.
impl Peer {
    /// Cuts all connections: calls in flight are lost. It still accepts new ones, unless told otherwise.
    pub fn kill(&self) {
        for line in self.network.with(&self.address, |site| site.open().cloned().collect::<Vec<_>>()) {
            line.cut("the peer was killed");
        }
    }

    /// Sends GOAWAY on all connections: calls in flight go on, new ones belong elsewhere.
    pub fn go_away(&self) {
        for line in self.network.with(&self.address, |site| site.open().cloned().collect::<Vec<_>>()) {
            line.go_away();
        }
    }
}

/// What was seen of it.
impl Peer {
    /// How many connections are open.
    pub fn live(&self) -> usize {
        self.network.with(&self.address, |site| site.live())
    }

    /// How many calls are in flight on each open connection, the oldest first; a response counts until its body has ended.
    pub fn in_flight(&self) -> Vec<usize> {
        self.network.with(&self.address, |site| site.open().map(|line| line.calls()).collect())
    }

    /// How many calls reached it in all, those that it refused included.
    pub fn calls(&self) -> usize {
        self.network.with(&self.address, |site| site.calls)
    }

    /// How many connections it accepted in all.
    pub fn accepted(&self) -> usize {
        self.network.with(&self.address, |site| site.accepted)
    }

    /// When each attempt to connect to it began, from the birth of the network.
    pub fn dials(&self) -> Vec<Duration> {
        self.network.with(&self.address, |site| site.dials.clone())
    }
}
