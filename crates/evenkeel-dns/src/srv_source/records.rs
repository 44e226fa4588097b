use evenkeel_discover::BadRecord;
use hickory_resolver::proto::rr::{Name, RData, rdata::SRV};
use std::{cmp::Reverse, collections::HashSet, fmt};

/// One SRV record that may be an instance.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Service {
    pub(super) priority: u16,
    pub(super) target: Name,
    pub(super) port: u16,
    /// 0 is drained.
    pub(super) weight: u16,
}

/// The records of one answer, in an order that does not depend on the server's.
#[derive(Debug, Default)]
pub(super) struct Services {
    pub(super) good: Vec<Service>,
    /// What is left out, with the name that reports call it by.
    pub(super) bad: Vec<(String, BadRecord)>,
}

impl Services {
    /// Sorts the good from the bad, and sets the weights as [`Srv`](crate::Srv) says.
    pub(super) fn read(records: &[RData]) -> Self {
        let mut services = Self::default();
        let all = || records.iter().filter_map(srv);
        if all().count() == 1 && all().all(|record| record.target.is_root()) {
            return services;
        }
        for record in all() {
            match mistake(record) {
                Some(why) => services.bad.push((shown(record), BadRecord::new(why))),
                None => services.good.push(Service::from(record)),
            }
        }
        services.weigh();
        services.sort();
        services
    }

    /// Of several records of one target and port, the one with the best priority, and then the greatest weight, stays.
    fn sort(&mut self) {
        self.good.sort_unstable_by_key(|s| (s.target.clone(), s.port, s.priority, Reverse(s.weight)));
        self.good.dedup_by(|a, b| (&a.target, a.port) == (&b.target, b.port));
        self.good.sort_unstable();
    }

    fn weigh(&mut self) {
        let weighted: HashSet<u16> =
            self.good.iter().filter(|s| s.weight > 0).map(|service| service.priority).collect();
        for service in self.good.iter_mut().filter(|service| !weighted.contains(&service.priority)) {
            service.weight = 1;
        }
    }

    /// The targets, each once.
    pub(super) fn targets(&self) -> HashSet<Name> {
        self.good.iter().map(|service| service.target.clone()).collect()
    }
}

fn srv(data: &RData) -> Option<&SRV> {
    match data {
        RData::SRV(record) => Some(record),
        _ => None,
    }
}

fn mistake(record: &SRV) -> Option<&'static str> {
    if record.target.is_root() {
        Some("the target is \".\" but there are other records")
    } else if record.port == 0 {
        Some("the port is 0")
    } else {
        None
    }
}

fn shown(record: &SRV) -> String {
    format!("SRV {} {} {} {}", record.priority, record.weight, record.port, record.target.to_ascii())
}

impl From<&SRV> for Service {
    fn from(record: &SRV) -> Self {
        let SRV { priority, weight, port, ref target, .. } = *record;
        Self { priority, weight, port, target: target.to_lowercase() }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SRV {} {} {} {}", self.priority, self.weight, self.port, self.target.to_ascii())
    }
}
