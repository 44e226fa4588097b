use super::{Wanted, member::Member, members::Members};
use crate::api::Slice;
use evenkeel_core::Snapshot;
use evenkeel_discover::{BadRecord, Gather};
use std::collections::BTreeMap;

/// The set of all slices of a service, by their names.
///
/// # Errors
/// There are endpoints, but none at the port that is wanted; the error names the ports that there are.
pub(crate) fn set(
    slices: &BTreeMap<String, Result<Slice, BadRecord>>,
    wanted: &Wanted,
) -> Result<Snapshot, String> {
    let mut reading = Reading {
        wanted,
        gather: Gather::new(),
        members: Members::default(),
        has_port: false,
        no_port: None,
    };
    let mut in_order: Vec<_> = slices.iter().collect();
    // IPv4 first, so that all pods have their two addresses in one order.
    in_order.sort_by_key(|(_, slice)| slice.as_ref().is_ok_and(|slice| slice.address_type == "IPv6"));
    for (name, slice) in in_order {
        match slice {
            Ok(slice) if matches!(slice.address_type.as_str(), "IPv4" | "IPv6") => reading.take(name, slice),
            Ok(Slice { address_type, .. }) => {
                let why = BadRecord::new(format_args!("addressType {address_type:?}: want IPv4 or IPv6"));
                reading.gather.record(name, Err(why));
            }
            Err(why) => reading.gather.record(name, Err(why.clone())),
        }
    }
    reading.end()
}

/// What was read so far.
struct Reading<'a> {
    wanted: &'a Wanted,
    gather: Gather,
    members: Members,
    /// Whether a slice has the port, and why the first that has not, has not.
    has_port: bool,
    no_port: Option<String>,
}

impl Reading<'_> {
    fn take(&mut self, name: &str, slice: &Slice) {
        // Of a service without pods there may be a slice without ports and endpoints.
        if slice.endpoints.is_empty() {
            return;
        }
        match self.wanted.choose(&slice.ports) {
            Ok(port) => {
                self.has_port = true;
                for (n, endpoint) in slice.endpoints.iter().enumerate() {
                    let read = endpoint.as_ref().map_err(Clone::clone);
                    match read.and_then(|endpoint| Member::read(endpoint, port)) {
                        Ok(member) => self.members.extend(member),
                        Err(why) => self.gather.record(format_args!("{name}, endpoint {n}"), Err(why)),
                    }
                }
            }
            Err(why) => {
                self.gather.record(name, Err(BadRecord::new(&why)));
                self.no_port.get_or_insert(why);
            }
        }
    }

    fn end(mut self) -> Result<Snapshot, String> {
        if let Some(why) = self.no_port
            && !self.has_port
        {
            return Err(why);
        }
        for instance in self.members.instances() {
            self.gather.record("", Ok(instance));
        }
        Ok(self.gather.set())
    }
}
