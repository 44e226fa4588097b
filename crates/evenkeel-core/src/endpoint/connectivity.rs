use std::fmt;

/// The state of an endpoint, of a policy, or of a whole channel, in gRPC's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Connectivity {
    /// Not connected and not trying; a call or a policy wakes it.
    Idle,
    /// Trying.
    Connecting,
    /// Connected: calls can be placed.
    Ready,
    /// Trying failed. It goes on trying with back-off, and stays in this state until it is READY.
    TransientFailure,
}

impl Connectivity {
    /// The state of a group: READY if any is, else CONNECTING, else IDLE, else TRANSIENT_FAILURE; nothing for an empty group.
    pub fn aggregate(states: impl IntoIterator<Item = Self>) -> Option<Self> {
        states.into_iter().max_by_key(|state| match state {
            Self::Ready => 3,
            Self::Connecting => 2,
            Self::Idle => 1,
            Self::TransientFailure => 0,
        })
    }
}

impl fmt::Display for Connectivity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "IDLE",
            Self::Connecting => "CONNECTING",
            Self::Ready => "READY",
            Self::TransientFailure => "TRANSIENT_FAILURE",
        })
    }
}
