use hickory_resolver::proto::{
    op::Query,
    rr::{Name, RData, RecordType},
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Names that are known without asking DNS.
#[derive(Debug)]
pub(crate) struct Hosts(fn() -> hickory_resolver::Hosts);

/// How long what the hosts file says counts, in seconds: reading a file costs little, and people edit it.
const TTL: u32 = 60;

impl Hosts {
    /// Those of the system's hosts file, which is read at each lookup. One that cannot be read is an empty one, as in libc.
    pub(crate) fn of_system() -> Self {
        Self(|| hickory_resolver::Hosts::from_system().unwrap_or_default())
    }

    /// None but `localhost`.
    pub(crate) fn none() -> Self {
        Self(hickory_resolver::Hosts::default)
    }

    /// Those of a file as `read` reads it.
    #[cfg(test)]
    pub(crate) fn of(read: fn() -> hickory_resolver::Hosts) -> Self {
        Self(read)
    }

    /// The addresses of a name and their TTL. `localhost` and all below it are the loopback addresses (RFC 6761 section 6.3) unless
    /// the file says otherwise.
    pub(crate) fn addresses(&self, name: &Name) -> Option<(Vec<IpAddr>, u32)> {
        let file = (self.0)();
        let read = |kind| file.lookup_static_host(&Query::query(name.clone(), kind));
        let lookups = [RecordType::A, RecordType::AAAA].into_iter().filter_map(read);
        let addresses: Vec<IpAddr> = lookups
            .flat_map(|found| found.answers().iter().filter_map(|r| ip(&r.data)).collect::<Vec<_>>())
            .collect();
        if !addresses.is_empty() {
            return Some((addresses, TTL));
        }
        name.is_localhost().then(|| (vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()], TTL))
    }
}

/// The address that a record holds.
pub(super) fn ip(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(a) => Some(a.0.into()),
        RData::AAAA(aaaa) => Some(aaaa.0.into()),
        _ => None,
    }
}
