use super::{addresses::Family, hosts::ip};
use hickory_resolver::proto::rr::{Name, Record};
use std::{collections::HashMap, net::IpAddr};

/// The addresses that came along with another answer, by their names, IPv4 and IPv6: a hostile answer has thousands of both.
#[derive(Debug, Default)]
pub(crate) struct Glue(HashMap<Name, [Option<Family>; 2]>);

impl Glue {
    pub(crate) fn of(records: &[Record]) -> Self {
        let mut glue = Self::default();
        for record in records {
            let Some(ip) = ip(&record.data) else { continue };
            let [v4, v6] = glue.0.entry(record.name.to_lowercase()).or_default();
            let family = match ip {
                IpAddr::V4(_) => v4,
                IpAddr::V6(_) => v6,
            };
            let Family { addresses, ttl } =
                family.get_or_insert(Family { addresses: Vec::new(), ttl: record.ttl });
            addresses.push(ip);
            *ttl = record.ttl.min(*ttl);
        }
        glue
    }

    /// What is known of a name.
    pub(super) fn addresses(&self, name: &Name) -> [Option<Family>; 2] {
        self.0.get(&name.to_lowercase()).cloned().unwrap_or_default()
    }
}
