use super::records::{self, Service};
use crate::{
    LookupError,
    resolver::{Addresses, Ask, Glue, LIMIT, Remembered, Resolver},
    watch::{Look, Looked},
};
use evenkeel_core::{Address, Instance};
use evenkeel_discover::{BadRecord, Gather};
use futures_util::{StreamExt, stream};
use hickory_resolver::proto::rr::{Name, RecordType};
use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
};
use tokio::time::Instant;

/// The SRV records of one name.
pub(super) struct Services<A> {
    pub(super) resolver: Resolver<A>,
    pub(super) name: Name,
    pub(super) last: Remembered,
}

/// What became of each target.
type Targets = HashMap<Name, Result<(Vec<IpAddr>, u32), LookupError>>;

/// How many targets are looked up at the same time.
const AT_ONCE: usize = 32;
/// How many addresses of its target an instance gets: the most that any may have. Thousands of records of one target with
/// thousands of addresses would be millions.
const MOST_ADDRESSES: usize = 64;

impl<A: Ask> Look for Services<A> {
    async fn look(&mut self) -> Result<Looked, LookupError> {
        let found = self.resolver.lookup(&self.name, &[RecordType::SRV], Instant::now() + LIMIT).await;
        let found = found.into_iter().next().transpose()?.unwrap_or_default();
        let services = records::Services::read(&found.records);
        let targets = self.targets(&services, &Glue::of(&found.additional)).await;
        if let Some(error) = all_failed(&services, &targets) {
            return Err(error);
        }
        let ttl = targets.values().flatten().map(|(_, ttl)| *ttl).fold(found.ttl, u32::min);
        let mut set = Gather::new();
        for (name, why) in services.bad {
            set.record(name, Err(why));
        }
        for service in services.good {
            let read = instance(&service, &targets);
            if let Some(more) = too_many(&service, &targets) {
                set.record(&service, Err(more));
            }
            set.record(service, read);
        }
        Ok(Looked { set: set.set(), ttl })
    }
}

impl<A: Ask> Services<A> {
    /// The addresses of all targets, in one more time limit.
    async fn targets(&mut self, services: &records::Services, glue: &Glue) -> Targets {
        let (names, end) = (services.targets(), Instant::now() + LIMIT);
        self.last.keep(&names);
        let resolver = &self.resolver;
        let found: Vec<(Name, Addresses)> = stream::iter(names)
            .map(|name| async move {
                let found = resolver.addresses_with(&name, glue, end).await;
                (name, found)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let take_in = |(name, found)| {
            let known = self.last.take_in(&name, found);
            (name, known)
        };
        found.into_iter().map(take_in).collect()
    }
}

/// The error, where there are targets and of none could the addresses be told.
fn all_failed(services: &records::Services, targets: &Targets) -> Option<LookupError> {
    let first = services.good.first()?;
    if targets.values().any(Result::is_ok) {
        return None;
    }
    targets.get(&first.target)?.as_ref().err().cloned()
}

/// What to say where a target has more addresses than an instance gets; those that it gets are the first in order, so that all
/// clients take the same.
fn too_many(service: &Service, targets: &Targets) -> Option<BadRecord> {
    let (addresses, _) = targets.get(&service.target)?.as_ref().ok()?;
    let count = Some(addresses.len()).filter(|count| *count > MOST_ADDRESSES)?;
    Some(BadRecord::new(format_args!("the target has {count} addresses, the limit is {MOST_ADDRESSES}")))
}

fn instance(service: &Service, targets: &Targets) -> Result<Instance, BadRecord> {
    let addresses = match targets.get(&service.target) {
        Some(Ok((addresses, _))) if !addresses.is_empty() => addresses,
        Some(Err(error)) => return Err(BadRecord::new(error)),
        _ => return Err(BadRecord::new("the target has no address")),
    };
    let at = |ip: &IpAddr| Address::from(SocketAddr::new(*ip, service.port));
    let instance = Instance::new(addresses.iter().take(MOST_ADDRESSES).map(at));
    Ok(instance.with_weight(service.weight.into()).with_priority(service.priority.into()))
}
