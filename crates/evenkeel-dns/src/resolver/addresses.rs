use super::{Ask, Found, Glue, Resolver, hosts::ip};
use crate::LookupError;
use hickory_resolver::proto::rr::{Name, RecordType};
use std::net::IpAddr;
use tokio::time::Instant;

/// What is known of a name's addresses after a lookup, IPv4 and IPv6.
pub(crate) type Addresses = [Result<Family, LookupError>; 2];

/// The addresses of one family.
#[derive(Debug, Clone, Default)]
pub(crate) struct Family {
    pub(crate) addresses: Vec<IpAddr>,
    /// How long they, or their absence, are good for, in seconds.
    pub(crate) ttl: u32,
}

impl<A: Ask> Resolver<A> {
    /// All addresses of a name: both families at the same time.
    pub(crate) async fn addresses(&self, name: &Name, end: Instant) -> Addresses {
        if let Some((addresses, ttl)) = self.hosts.addresses(name) {
            let (v4, v6) = addresses.into_iter().partition(IpAddr::is_ipv4);
            return [Ok(Family { addresses: v4, ttl }), Ok(Family { addresses: v6, ttl })];
        }
        let mut found = self.lookup(name, &[RecordType::A, RecordType::AAAA], end).await.into_iter();
        let mut next = || found.next().unwrap_or_else(|| Ok(Found::default())).map(Family::from);
        [next(), next()]
    }

    /// The same, but a family of which records came along with another answer is not asked for again.
    pub(crate) async fn addresses_with(&self, name: &Name, glue: &Glue, end: Instant) -> Addresses {
        match glue.addresses(name) {
            [Some(v4), Some(v6)] => [Ok(v4), Ok(v6)],
            [None, None] => self.addresses(name, end).await,
            [Some(v4), None] => [Ok(v4), self.family(name, RecordType::AAAA, end).await],
            [None, Some(v6)] => [self.family(name, RecordType::A, end).await, Ok(v6)],
        }
    }

    async fn family(&self, name: &Name, kind: RecordType, end: Instant) -> Result<Family, LookupError> {
        let found = self.lookup(name, &[kind], end).await.pop();
        found.unwrap_or_else(|| Ok(Found::default())).map(Family::from)
    }
}

impl From<Found> for Family {
    fn from(found: Found) -> Self {
        Self { addresses: found.records.iter().filter_map(ip).collect(), ttl: found.ttl }
    }
}
