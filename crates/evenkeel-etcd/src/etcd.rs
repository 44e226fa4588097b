use crate::{
    rpc::Dialer,
    target::{OPTIONS, Settings},
    watch::Session,
};
use evenkeel_core::Snapshot;
use evenkeel_discover::{BadTarget, Discover, DiscoverError, SourceInfo, Target};
use futures_core::Stream;
use futures_util::stream;

/// `etcd://[USER:PASSWORD@]HOST[:2379][,HOST...]/PREFIX[?OPTION=VALUE]...`: the instances are the values of the keys `/PREFIX/...` and
/// `PREFIX/...`, in etcd 3.4 or newer.
///
/// - **Keys**: any below the prefix; it ends at a slash, so `svc/foo` does not take in `svc/foobar`. The path is taken as written, without
///   percent decoding. `slash=yes` (or a path with a slash of its own, `etcd://host//svc/foo`) asks for `/PREFIX/...` alone, `slash=no`
///   for `PREFIX/...` alone: such as Kitex's `etcd://host/kitex/registry-etcd/SERVICE?slash=no`. A user of etcd needs the permission to
///   read what is asked for. Of two keys with the same instance the later one in the order of keys counts.
/// - **Values**: Evenkeel's JSON (see [`read_object`](evenkeel_discover::read_object)); plain `HOST:PORT` or `http://HOST:PORT`, as Go kit
///   writes; or the JSON of Kitex's registry-etcd, known by its field `network`, in which a weight that is missing or 0 is 10. What
///   is none of these is left out and reported.
/// - **`weight_scale=N`**, 1..=1000000, 1 by default: Kitex's weights count as they are, those of all other records N times. With 10, an
///   instance without a weight gets as much as one of Kitex's without a weight.
/// - **`ca=PATH`**, with `cert=PATH` and `key=PATH` where etcd asks who calls: TLS with these PEM files, which are read at each
///   connect. Needs the feature `tls` and the process' default crypto provider of rustls; or see `with_tls`.
/// - **`ttl`** is for the [`EtcdRegistrar`](crate::EtcdRegistrar).
///
/// Servers are tried in turn, each watch beginning with another one. A server that went away, or lost the leader of its cluster, ends
/// the watch with an error, at most 15 s later.
#[derive(Debug, Clone, Default)]
pub struct Etcd {
    dialer: Dialer,
}

impl Etcd {
    /// Its entry among the sources.
    pub const INFO: SourceInfo = SourceInfo {
        scheme: "etcd",
        form: "etcd://[USER:PASSWORD@]HOST[:2379][,HOST...]/PREFIX",
        text: "the keys below a prefix in etcd, watched",
        options: OPTIONS,
    };

    /// Without TLS, but for targets that ask for it.
    pub fn new() -> Self {
        Self::default()
    }

    /// With TLS for all targets, with this configuration where they have no option `ca`.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_tls(self, config: std::sync::Arc<rustls::ClientConfig>) -> Self {
        Self { dialer: self.dialer.with_tls(evenkeel_wire::Tls::new(config)) }
    }
}

impl Discover for Etcd {
    fn watch(&self, target: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        let session = Settings::of(target).map(|settings| Session::new(self.dialer.clone(), settings));
        stream::unfold(Some(session), |session| async {
            match session? {
                Ok(mut session) => match session.next().await {
                    Ok(set) => Some((Ok(set), Some(Ok(session)))),
                    Err(error) => Some((Err(DiscoverError::source_failed(error)), None)),
                },
                Err(bad) => Some((Err(bad.into()), None)),
            }
        })
    }

    fn check(&self, target: &Target) -> Result<(), BadTarget> {
        Settings::of(target).map(drop)
    }
}
