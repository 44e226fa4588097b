use super::{Ask, Found, Hosts, Servers, aliases::follow, question};
use crate::LookupError;
use futures_util::future::join_all;
use hickory_resolver::{
    proto::rr::{Name, RecordType},
    system_conf::read_system_conf,
};
use std::{net::SocketAddr, time::Duration};
use tokio::time::{Instant, timeout_at};

/// Looks names up.
#[derive(Debug)]
pub(crate) struct Resolver<A> {
    pub(super) ask: A,
    /// The domains that a name may be relative to.
    pub(super) search: Vec<Name>,
    /// From how many dots on a name is tried as it is first.
    pub(super) ndots: usize,
    pub(super) hosts: Hosts,
}

/// How long a lookup may take, with all its aliases and search domains.
pub(crate) const LIMIT: Duration = Duration::from_secs(5);

impl Resolver<Servers> {
    /// Asks these servers, or the system's if there are none. The system's configuration is read here and now.
    pub(crate) fn open(servers: &[SocketAddr]) -> Self {
        if servers.is_empty() {
            let (ask, search, ndots) = Servers::of(read_system_conf());
            Self { ask, search, ndots, hosts: Hosts::of_system() }
        } else {
            Self { ask: Servers::new(servers), search: Vec::new(), ndots: 0, hosts: Hosts::none() }
        }
    }
}

impl<A: Ask> Resolver<A> {
    /// The records of these types, each asked for at the same time. The first of the names that are to be tried that has any
    /// of them is the one; where none has, a type of which one name could not be told is an error.
    pub(crate) async fn lookup(
        &self,
        name: &Name,
        kinds: &[RecordType],
        end: Instant,
    ) -> Vec<Result<Found, LookupError>> {
        let mut so_far: Option<Vec<Result<Found, LookupError>>> = None;
        for name in self.candidates(name) {
            let found = join_all(kinds.iter().map(|kind| self.one(&name, *kind, end))).await;
            if found.iter().any(|found| found.as_ref().is_ok_and(|found| !found.records.is_empty())) {
                return found;
            }
            so_far = Some(match so_far {
                Some(before) => before.into_iter().zip(found).map(|(a, b)| neither(a, b)).collect(),
                None => found,
            });
        }
        so_far.unwrap_or_default()
    }

    async fn one(&self, name: &Name, kind: RecordType, end: Instant) -> Result<Found, LookupError> {
        let late = |_| Err(LookupError::Late { question: question(name, kind), limit: LIMIT });
        timeout_at(end, follow(&self.ask, name, kind)).await.unwrap_or_else(late)
    }

    /// The complete names to try, in order, as resolv.conf(5) has it.
    fn candidates(&self, name: &Name) -> Vec<Name> {
        let mut complete = name.clone();
        complete.set_fqdn(true);
        if name.is_fqdn() {
            return vec![complete];
        }
        let mut names: Vec<Name> =
            self.search.iter().filter_map(|domain| name.clone().append_domain(domain).ok()).collect();
        let dots = usize::from(name.num_labels()).saturating_sub(1);
        let place = if dots >= self.ndots { 0 } else { names.len() };
        names.insert(place, complete);
        names
    }
}

/// What two names that have nothing say together.
fn neither(
    before: Result<Found, LookupError>,
    next: Result<Found, LookupError>,
) -> Result<Found, LookupError> {
    let (before, next) = (before?, next?);
    Ok(Found { ttl: before.ttl.min(next.ttl), ..next })
}
