//! Instances from SRV records.

mod look;
mod records;

use crate::{
    host_port::dns_name,
    options::{OPTIONS, Options},
    resolver::{Remembered, Resolver},
    watch::watch,
};
use evenkeel_core::Snapshot;
use evenkeel_discover::{BadTarget, Discover, DiscoverError, SourceInfo, Target, Waiting};
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use hickory_resolver::proto::rr::Name;
use look::Services;

/// `srv:///_SERVICE._PROTO.NAME`: one instance for each SRV record (RFC 2782), at all addresses of its target, with its priority
/// and its weight. A name without underscores, as Consul has them, will do too.
///
/// The servers to ask and the times are those of [`Dns`](crate::Dns).
///
/// Weight 0 is drained where another record of the same priority has a greater weight: RFC 2782 leaves such a record "a very small
/// chance", but who sets one record to 0 means that it gets no calls. Where all of a priority have weight 0, which the RFC
/// recommends if there is nothing to choose by, each counts 1.
///
/// A record with port 0, or whose target has no address, is left out and reported; the others count. Where the addresses of a
/// target cannot be told, those that this watch saw last stay; where those of no target can, that is an error. A single record
/// with the target `.` says that there is no such service: an empty set, as for a name that does not exist.
#[derive(Debug, Clone, Default)]
pub struct Srv {
    waiting: Waiting,
}

impl Srv {
    /// Its entry among the sources.
    pub const INFO: SourceInfo = SourceInfo {
        scheme: "srv",
        form: "srv://[SERVER]/_SERVICE._PROTO.NAME",
        text: "SRV records of DNS, with priorities and weights",
        options: OPTIONS,
    };
}

fn read(target: &Target) -> Result<(Name, Options), BadTarget> {
    let text = target.path();
    if text.contains(':') {
        return Err(target.bad("want no port: SRV records have their own"));
    }
    let name = dns_name(text).map_err(|why| target.bad(why.to_string()))?;
    if name.parse::<std::net::Ipv4Addr>().is_ok() {
        return Err(target.bad("want a name: an IP address has no SRV records"));
    }
    let name = Name::from_ascii(name).map_err(|why| target.bad(why.to_string()))?;
    Ok((name, Options::read(target)?))
}

impl Discover for Srv {
    fn watch(&self, target: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        let refreshed = self.waiting.for_target(target);
        let read = read(target);
        stream::once(async move {
            match read {
                Err(why) => stream::iter([Err(why.into())]).left_stream(),
                Ok((name, options)) => {
                    let resolver = Resolver::open(&options.servers);
                    let look = Services { resolver, name, last: Remembered::default() };
                    watch(look, options.refresh, refreshed).right_stream()
                }
            }
        })
        .flatten()
    }

    fn check(&self, target: &Target) -> Result<(), BadTarget> {
        read(target).map(drop)
    }

    fn refresh(&self, target: &Target) {
        self.waiting.wake(target);
    }
}

#[cfg(test)]
mod tests;
