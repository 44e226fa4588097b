use crate::{
    LookupError,
    host_port::HostPort,
    options::{OPTIONS, Options},
    resolver::{Ask, LIMIT, Remembered, Resolver},
    watch::{Look, Looked, watch},
};
use evenkeel_core::{Address, Instance, Snapshot};
use evenkeel_discover::{BadTarget, Discover, DiscoverError, SourceInfo, Target, Waiting, Watch};
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use hickory_resolver::proto::rr::Name;
use std::{net::SocketAddr, sync::Arc};
use tokio::{sync::Notify, time::Instant};

/// `dns:///HOST[:PORT]`: one instance for each address of a name, A and AAAA, at the port, 443 where none is written.
///
/// `dns://SERVER[:53][,...]/HOST` or `?server=` names the DNS servers to ask, by IP address. It looks again when the TTL ends, but no
/// sooner than `?min_ttl=5s` (100ms to 1h) and no later than in an hour, or after `?refresh=` (100ms to 1h) whatever the TTL. An IP
/// address is answered without DNS.
///
/// Both families are asked at once. One that cannot be told while the other answers keeps the addresses that this watch saw last;
/// neither told is an error. A name that does not exist, or has no addresses, is an empty set.
#[derive(Debug, Clone, Default)]
pub struct Dns {
    waiting: Waiting,
}

impl Dns {
    /// Its entry among the sources.
    pub const INFO: SourceInfo = SourceInfo {
        scheme: "dns",
        form: "dns://[SERVER]/HOST[:PORT]",
        text: "the addresses of a DNS name",
        options: OPTIONS,
    };
}

/// What a target asks for.
struct Wanted {
    host: HostPort,
    name: Name,
    options: Options,
}

impl Wanted {
    fn read(target: &Target) -> Result<Self, BadTarget> {
        let host: HostPort = target.path().parse().map_err(|why| target.bad(format!("{why}")))?;
        let name = if host.literal().is_some() { Ok(Name::root()) } else { Name::from_ascii(&host.host) };
        let name = name.map_err(|why| target.bad(why.to_string()))?;
        Ok(Self { name, host, options: Options::read(target)? })
    }

    fn literal(&self) -> Option<Snapshot> {
        self.host.literal().map(|address| [Instance::from(address)].into_iter().collect())
    }

    fn watch(self, refreshed: Arc<Notify>) -> Watch {
        if let Some(set) = self.literal() {
            return stream::iter([Ok(set)]).chain(stream::pending()).boxed();
        }
        let resolver = Resolver::open(&self.options.servers);
        let look = Addresses { resolver, name: self.name, port: self.host.port, last: Remembered::default() };
        watch(look, self.options.refresh, refreshed).boxed()
    }
}

struct Addresses<A> {
    resolver: Resolver<A>,
    name: Name,
    port: u16,
    last: Remembered,
}

impl<A: Ask> Look for Addresses<A> {
    async fn look(&mut self) -> Result<Looked, LookupError> {
        let found = self.resolver.addresses(&self.name, Instant::now() + LIMIT).await;
        if let [Err(error), Err(_)] = found {
            return Err(error);
        }
        let (addresses, ttl) = self.last.take_in(&self.name, found)?;
        let at = |ip| Instance::from(Address::from(SocketAddr::new(ip, self.port)));
        Ok(Looked { set: addresses.into_iter().map(at).collect(), ttl })
    }
}

impl Discover for Dns {
    fn watch(&self, target: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        let refreshed = self.waiting.for_target(target);
        let wanted = Wanted::read(target);
        stream::once(async move {
            match wanted {
                Ok(wanted) => wanted.watch(refreshed),
                Err(why) => stream::iter([Err(why.into())]).boxed(),
            }
        })
        .flatten()
    }

    fn known(&self, target: &Target) -> Option<Result<Snapshot, DiscoverError>> {
        Wanted::read(target).ok()?.literal().map(Ok)
    }

    fn check(&self, target: &Target) -> Result<(), BadTarget> {
        Wanted::read(target).map(drop)
    }

    fn refresh(&self, target: &Target) {
        self.waiting.wake(target);
    }
}

#[cfg(test)]
mod tests;
