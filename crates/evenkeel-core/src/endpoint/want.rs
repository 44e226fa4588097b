use std::time::Duration;

/// How much a policy wants an endpoint connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Demand {
    /// Only when a picker asks for it.
    Lazy,
    /// Now, and again after each loss.
    Connect,
}

/// What a policy wants of an endpoint. Several parts of a tree may ask for one endpoint; their wants are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    /// Whether to connect.
    pub demand: Demand,
    /// Whether its state should follow health checks, where the channel has them configured.
    pub health: bool,
    /// How often the server should report its load; none: not at all.
    pub report: Option<Duration>,
}

impl Want {
    /// Connect when a picker asks for it.
    pub const LAZY: Self = Self { demand: Demand::Lazy, health: false, report: None };
    /// Connect now and stay connected.
    pub const CONNECT: Self = Self { demand: Demand::Connect, health: false, report: None };
    /// Connect now, and count as READY only while healthy, as gRPC's `round_robin` does.
    pub const HEALTHY: Self = Self { demand: Demand::Connect, health: true, report: None };

    /// Both wants in one: the stronger demand, any health, the shorter period.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self {
            demand: self.demand.max(other.demand),
            health: self.health | other.health,
            report: match (self.report, other.report) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining_keeps_the_stronger_in_either_order() {
        let a = Want { report: Some(Duration::from_secs(3)), ..Want::LAZY };
        let b = Want { report: Some(Duration::from_secs(2)), ..Want::HEALTHY };
        assert_eq!(a.join(b), b.join(a));
        assert_eq!(a.join(b), Want { report: Some(Duration::from_secs(2)), ..Want::HEALTHY });
    }
}
