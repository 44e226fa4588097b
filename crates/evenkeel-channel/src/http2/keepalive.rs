use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The shortest interval; a shorter one is raised to it (gRFC A8).
const SHORTEST: Duration = Duration::from_secs(10);
/// The longest interval: beyond a day a ping finds nothing that TCP has not found, and timers must not overflow.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The keepalive interval for the next connections of a connector and its clones, in milliseconds; 0 is off.
#[derive(Debug, Clone)]
pub(super) struct Keepalive(Arc<AtomicU64>);

/// The interval that one connection uses, with the way to lengthen it for those that follow.
#[derive(Debug)]
pub(super) struct KeepaliveInUse {
    next: Keepalive,
    millis: u64,
}

fn millis(interval: Duration) -> u64 {
    u64::try_from(interval.as_millis()).unwrap_or(u64::MAX)
}

fn interval(millis: u64) -> Option<Duration> {
    (millis > 0).then(|| Duration::from_millis(millis))
}

impl Keepalive {
    pub(super) fn new(interval: Option<Duration>) -> Self {
        let millis = interval.map_or(0, |interval| millis(interval.clamp(SHORTEST, LONGEST)));
        Self(Arc::new(AtomicU64::new(millis)))
    }

    /// The interval for the next connection.
    pub(super) fn interval(&self) -> Option<Duration> {
        interval(self.0.load(Ordering::Relaxed))
    }

    pub(super) fn for_connection(&self) -> KeepaliveInUse {
        KeepaliveInUse { next: self.clone(), millis: self.0.load(Ordering::Relaxed) }
    }
}

impl KeepaliveInUse {
    pub(super) fn interval(&self) -> Option<Duration> {
        interval(self.millis)
    }

    /// The peer complained of too many pings: those that follow use at least twice the interval of *this* connection, so
    /// that a hundred connections that hear it at once double it once (gRFC A8).
    pub(super) fn too_many_pings(&self) {
        let wanted = self.millis.saturating_mul(2).min(millis(LONGEST));
        if self.next.0.fetch_max(wanted, Ordering::Relaxed) < wanted {
            let interval = Duration::from_millis(wanted);
            tracing::warn!(
                ?interval,
                "the peer complains of too many pings; new connections ping half as often"
            );
        }
    }
}
