//! The source: the children of a node as sets.

mod child;
mod children;
mod watch;

use crate::settings::{OPTIONS, Settings};
use evenkeel_core::Snapshot;
use evenkeel_discover::{BadTarget, Discover, DiscoverError, SourceInfo, Target};
use futures_core::Stream;
use futures_util::{StreamExt, stream};

/// `zookeeper://[USER:PASSWORD@]HOST[:PORT][,...]/PATH[?session=10s]`: the children of a node.
///
/// A node that is not there is a service without instances: an empty set, until it is created. A child that cannot be read as an instance
/// is left out, as is one that may not be read (which is tried again every 30 s); if none may be read, that is an error.
///
/// Each watch has a session of its own, `session` (2 s to 5 m, 10 s by default) being how long it lives without its client. The loss of its
/// connection is told as an error; when the session is connected again within that time, what changed meanwhile is read and the set is
/// told again. Where there are thousands of children a new session reads them all instead.
#[derive(Debug, Clone, Copy, Default)]
pub struct Zookeeper;

impl Zookeeper {
    /// Its entry among the sources.
    pub const INFO: SourceInfo = SourceInfo {
        scheme: "zookeeper",
        form: "zookeeper://[USER:PASSWORD@]HOST[:2181][,HOST...]/PATH",
        text: "the children of a ZooKeeper node, watched",
        options: OPTIONS,
    };
}

impl Discover for Zookeeper {
    fn watch(&self, target: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        match Settings::read(target) {
            Ok(settings) => watch::watch(settings).left_stream(),
            Err(bad) => stream::iter([Err(bad.into())]).right_stream(),
        }
    }

    fn check(&self, target: &Target) -> Result<(), BadTarget> {
        Settings::read(target).map(drop)
    }
}
