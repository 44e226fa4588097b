use crate::Connectivity;
use std::time::{Duration, Instant};

/// How long a child may be CONNECTING before the next one is used as well (gRFC A56).
pub(super) const CONNECT_TIME: Duration = Duration::from_secs(10);

/// Whether a child can be used. Only one that starts, or that leaves READY or IDLE, gets time to connect; one that failed does not
/// get it again before it was READY or IDLE.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// It has not reported a state yet.
    #[default]
    New,
    /// READY or IDLE.
    Usable,
    /// CONNECTING, with time to do so.
    Connecting {
        /// When that time is over.
        until: Instant,
    },
    /// It failed, or was too slow.
    Failed,
}

impl Phase {
    /// What it is in once it reports that state.
    pub(super) fn next(self, state: Connectivity, now: Instant) -> Self {
        match (state, self) {
            (Connectivity::Ready | Connectivity::Idle, _) => Self::Usable,
            (Connectivity::TransientFailure, _) | (Connectivity::Connecting, Self::Failed) => Self::Failed,
            (Connectivity::Connecting, Self::New | Self::Usable) => {
                Self::Connecting { until: now + CONNECT_TIME }
            }
            (Connectivity::Connecting, Self::Connecting { until }) if now >= until => Self::Failed,
            (Connectivity::Connecting, connecting @ Self::Connecting { .. }) => connecting,
        }
    }

    pub(super) fn is_usable(self) -> bool {
        self != Self::Failed
    }

    /// When it ends if no other state is reported.
    pub(super) fn deadline(self) -> Option<Instant> {
        match self {
            Self::Connecting { until } => Some(until),
            Self::New | Self::Usable | Self::Failed => None,
        }
    }
}
