use crate::{
    access::Access,
    client::Client,
    options::{self, OPTIONS},
    query::Query,
    watch::Watch,
};
use evenkeel_core::Snapshot;
use evenkeel_discover::{BadTarget, Discover, DiscoverError, SourceInfo, Target};
use evenkeel_wire::Tls;
use futures_core::Stream;
use futures_util::stream;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

/// The source of `consul://HOST[:PORT][,HOST[:PORT]]/SERVICE`: the entries of a service whose checks all pass.
///
/// Consul is asked with blocking queries of 55 s, so a change is seen at once; a Consul that does not wait is asked once a second at
/// most. Of several servers those that fail are passed over, from one watch to the next. A service that Consul does not know is
/// empty. The port is 8500 by default, and the options are:
///
/// | option | meaning |
/// | --- | --- |
/// | `tag` | a tag that an entry must have; given more than once, it must have all |
/// | `dc` | the datacenter to ask for; the server's own by default |
/// | `near` | the node to sort by distance from; `_agent` is the one asked |
/// | `ns` | the namespace, of Consul Enterprise |
/// | `token` | the ACL token; it needs `service:read` and `node:read` |
/// | `ca` | a PEM file of the certificates to trust: asks over TLS |
/// | `cert`, `key` | PEM files of the certificate to show, and its key |
#[derive(Debug, Clone, Default)]
pub struct Consul {
    tls: Option<Tls>,
    /// Which server the next watch begins with, counted around.
    turn: Arc<AtomicUsize>,
}

impl Consul {
    /// What it is.
    pub const INFO: SourceInfo = SourceInfo {
        scheme: "consul",
        form: "consul://HOST[:8500][,HOST...]/SERVICE",
        text: "the healthy entries of a service in Consul",
        options: OPTIONS,
    };

    /// With plain HTTP where a target has no option `ca`.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with TLS for the targets that have no option `ca`.
    #[must_use]
    pub fn with_tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    fn read(&self, target: &Target) -> Result<Watch, BadTarget> {
        target.only_options(OPTIONS)?;
        let access = Access::read(target, self.tls.as_ref())?;
        let query = Query::read(target)?;
        // The registrar's option is checked here, too.
        options::ttl(target)?;
        let client = Client::new(access, self.turn.load(Relaxed));
        Ok(Watch::new(client, query, self.turn.clone()))
    }
}

impl Discover for Consul {
    fn watch(&self, target: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        let watch = self.read(target).map_err(DiscoverError::from);
        stream::unfold(Some(watch), |watch| async {
            let mut watch = match watch? {
                Ok(watch) => watch,
                Err(error) => return Some((Err(error), None)),
            };
            match watch.next().await {
                Ok(set) => Some((Ok(set), Some(Ok(watch)))),
                Err(error) => Some((Err(DiscoverError::source_failed(error)), None)),
            }
        })
    }

    fn check(&self, target: &Target) -> Result<(), BadTarget> {
        self.read(target).map(drop)
    }
}
