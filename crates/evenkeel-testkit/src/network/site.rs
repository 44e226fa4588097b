use super::{
    line::Line,
    reply::{self, Handler},
};
use evenkeel_core::Address;
use std::{sync::Arc, time::Duration};

/// How long a connection to a flapping peer lives.
pub(super) const FLAP: Duration = Duration::from_millis(1);

/// How a peer meets an attempt to connect.
#[derive(Debug, Clone, Copy)]
pub(super) enum Dialing {
    Accept(Duration),
    Refuse(Duration),
    /// Never answers.
    Hang,
    /// Accepts, and closes soon after.
    Flap,
}

/// How the next calls go wrong, before the handler sees any.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Faults {
    /// So many are refused unseen.
    pub(super) refuse: u32,
    /// So many are given back unsent, each with its connection going away.
    pub(super) give_back: u32,
}

/// All that is known of one address.
pub(super) struct Site {
    pub(super) dialing: Dialing,
    pub(super) handler: Handler,
    pub(super) faults: Faults,
    pub(super) dials: Vec<Duration>,
    pub(super) calls: usize,
    pub(super) accepted: usize,
    lines: Vec<Arc<Line>>,
    attempts: Arc<()>,
}

/// An attempt that is under way while this lives.
pub(super) struct Attempt(#[expect(dead_code, reason = "its count is what matters")] Arc<()>);

impl Default for Site {
    fn default() -> Self {
        Self {
            dialing: Dialing::Refuse(Duration::ZERO),
            handler: reply::ok(),
            faults: Faults::default(),
            dials: Vec::new(),
            calls: 0,
            accepted: 0,
            lines: Vec::new(),
            attempts: Arc::default(),
        }
    }
}

impl Site {
    pub(super) fn dial(&mut self, now: Duration) -> (Dialing, Attempt) {
        self.dials.push(now);
        (self.dialing, Attempt(self.attempts.clone()))
    }

    pub(super) fn accept(&mut self) -> Arc<Line> {
        self.lines.retain(|line| !line.is_over());
        self.accepted += 1;
        let line = Arc::new(Line::default());
        self.lines.push(line.clone());
        line
    }

    pub(super) fn open(&self) -> impl Iterator<Item = &Arc<Line>> {
        self.lines.iter().filter(|line| !line.is_over())
    }

    pub(super) fn live(&self) -> usize {
        self.open().count()
    }

    pub(super) fn leaks(&self, address: &Address) -> Vec<String> {
        let dials =
            (1..Arc::strong_count(&self.attempts)).map(|_| format!("an attempt to connect to {address}"));
        let lines = self.open().map(|line| format!("a connection to {address} with {} calls", line.calls()));
        dials.chain(lines).collect()
    }
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site")
            .field("dialing", &self.dialing)
            .field("live", &self.live())
            .finish_non_exhaustive()
    }
}
