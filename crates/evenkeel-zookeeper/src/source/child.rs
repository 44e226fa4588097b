use crate::record;
use evenkeel_core::Instance;
use evenkeel_discover::BadRecord;
use zookeeper_client::{Client, Error, OneshotWatcher};

/// A child as it was read last.
#[derive(Debug, Clone)]
pub(super) enum Child {
    /// It has been read: an instance, or none.
    Read(Result<Instance, BadRecord>),
    /// It may not be read.
    Forbidden,
}

/// Reads a child and watches it from then on. Nothing if it is not there any more.
pub(super) async fn read(
    client: &Client,
    folder: &str,
    name: &str,
) -> Result<Option<(Child, Option<OneshotWatcher>)>, Error> {
    match client.get_and_watch_data(&format!("{folder}/{name}")).await {
        Ok((data, _, watcher)) => Ok(Some((Child::Read(record::read(name, &data)), Some(watcher)))),
        Err(Error::NoAuth) => Ok(Some((Child::Forbidden, None))),
        Err(Error::NoNode) => Ok(None),
        // A name that the client's crate takes for none.
        Err(Error::BadArguments(why)) => Ok(Some((Child::Read(Err(BadRecord::new(why))), None))),
        Err(error) => Err(error),
    }
}

impl Child {
    /// What it says about an instance.
    pub(super) fn record(&self) -> Result<Instance, BadRecord> {
        match self {
            Self::Read(record) => record.clone(),
            Self::Forbidden => Err(BadRecord::new("it may not be read")),
        }
    }
}
