use super::child::{self, Child};
use evenkeel_core::Snapshot;
use evenkeel_discover::Gather;
use futures_util::{
    FutureExt, StreamExt,
    future::BoxFuture,
    stream::{self, FuturesUnordered},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::time::{sleep, timeout};
use zookeeper_client::{Client, Error, OneshotWatcher};

/// The children of a node: what is known of them, what has to be read (again), and a watch on all else.
///
/// A watch tells of one change and is gone; it is set anew by the same request that reads what changed, so that nothing is missed in between.
pub(super) struct Children {
    folder: String,
    known: BTreeMap<String, Child>,
    /// Whether the list of the children has to be read.
    is_list_due: bool,
    /// The children that have to be read.
    due: BTreeSet<String>,
    watches: FuturesUnordered<BoxFuture<'static, Changed>>,
}

/// What a watch told of.
enum Changed {
    List,
    Child(String),
}

/// Reads that are under way at a time.
const PARALLEL: usize = 32;
/// How long a server may take to answer one.
const ANSWER: Duration = Duration::from_secs(5);
/// How long further changes are waited for after the first: many at once, such as a new release of a service, are read together.
const SETTLE: Duration = Duration::from_millis(20);
/// The client's crate sets the watches of a lost connection anew in requests of 128 KiB, and never gets beyond the first (0.11.2); here is
/// some room for the watch on the list and those of children that have just gone.
const RESUMED: usize = 100 << 10;
/// After how long a child that may not be read is tried again: no watch tells of a new ACL.
const FORBIDDEN: Duration = Duration::from_secs(30);

impl Children {
    /// Those of `folder`, all to be read.
    pub(super) fn new(folder: String) -> Self {
        let (known, due, watches) = Default::default();
        Self { folder, known, is_list_due: true, due, watches }
    }

    /// The list has to be read again, and with it what it says of new children.
    pub(super) fn doubt(&mut self) {
        self.is_list_due = true;
    }

    /// Whether the session can go on with another connection: the watches are not too many for that.
    pub(super) fn can_resume(&self) -> bool {
        self.known.keys().map(|name| self.folder.len() + 1 + name.len()).sum::<usize>() <= RESUMED
    }

    /// Waits until something has changed, unless that is so, and reads it. If it is dropped, or fails, what was not read stays due.
    pub(super) async fn update(&mut self, client: &Client) -> Result<(), Error> {
        if !self.is_list_due && self.due.is_empty() {
            self.changed().await;
        }
        if self.is_list_due {
            bounded(self.list(client)).await?;
        }
        self.read(client).await
    }

    /// The set, as far as it is known.
    pub(super) fn set(&self) -> Result<Snapshot, String> {
        let forbidden = self.forbidden().count();
        if forbidden > 0 && forbidden == self.known.len() {
            return Err(format!("none of the {forbidden} children of {} may be read", self.folder));
        }
        let mut gather = Gather::new();
        for (name, child) in &self.known {
            gather.record(name, child.record());
        }
        Ok(gather.set())
    }

    fn forbidden(&self) -> impl Iterator<Item = &String> {
        self.known.iter().filter(|(_, child)| matches!(child, Child::Forbidden)).map(|(name, _)| name)
    }

    async fn changed(&mut self) {
        let patience = if self.forbidden().next().is_some() { FORBIDDEN } else { Duration::MAX };
        match timeout(patience, self.watches.next()).await {
            Ok(change) => self.note(change),
            Err(_) => self.due = self.forbidden().cloned().collect(),
        }
        sleep(SETTLE).await;
        while let Some(Some(change)) = self.watches.next().now_or_never() {
            self.note(Some(change));
        }
    }

    fn note(&mut self, change: Option<Changed>) {
        match change {
            Some(Changed::Child(name)) => drop(self.due.insert(name)),
            // Without any watch nothing is known.
            Some(Changed::List) | None => self.is_list_due = true,
        }
    }

    async fn list(&mut self, client: &Client) -> Result<(), Error> {
        let (names, watcher) = loop {
            match client.get_and_watch_children(&self.folder).await {
                Ok((names, _, watcher)) => break (names, watcher),
                Err(Error::NoNode) => {
                    // Unless it has been created in between.
                    if let (None, watcher) = client.check_and_watch_stat(&self.folder).await? {
                        break (Vec::new(), watcher);
                    }
                }
                Err(error) => return Err(error),
            }
        };
        let names: BTreeSet<String> = names.into_iter().collect();
        self.known.retain(|name, _| names.contains(name));
        let forbidden: BTreeSet<String> = self.forbidden().cloned().collect();
        self.due.retain(|name| names.contains(name));
        self.due.extend(
            names.into_iter().filter(|name| !self.known.contains_key(name) || forbidden.contains(name)),
        );
        self.is_list_due = false;
        self.watch(watcher, Changed::List);
        Ok(())
    }

    async fn read(&mut self, client: &Client) -> Result<(), Error> {
        let folder = self.folder.clone();
        let names: Vec<String> = self.due.iter().cloned().collect();
        let reads = names.into_iter().map(|name| {
            let folder = folder.as_str();
            async move { bounded(child::read(client, folder, &name)).await.map(|read| (name, read)) }
        });
        let mut reads = stream::iter(reads).buffer_unordered(PARALLEL);
        while let Some(read) = reads.next().await {
            let (name, read) = read?;
            self.due.remove(&name);
            match read {
                Some((child, watcher)) => {
                    self.known.insert(name.clone(), child);
                    if let Some(watcher) = watcher {
                        self.watch(watcher, Changed::Child(name));
                    }
                }
                None => drop(self.known.remove(&name)),
            }
        }
        Ok(())
    }

    fn watch(&mut self, watcher: OneshotWatcher, change: Changed) {
        self.watches.push(watcher.changed().map(|_| change).boxed());
    }
}

async fn bounded<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(ANSWER, answer).await.unwrap_or(Err(Error::Timeout))
}
