use crate::{
    KubernetesError,
    access::Origin,
    api::{Client, Event, Lines, Listed, MOST_SLICES, Slice, encode},
    ask::Ask,
    session::Limits,
};
use evenkeel_discover::BadRecord;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{Instant, sleep_until, timeout};

/// How long the API server is asked to keep a watch open, in seconds: client-go's shortest, drawn anew each time, so that the watches
/// of many clients drift apart.
const WATCH: std::ops::RangeInclusive<u64> = 270..=330;
/// Changes that come this soon after each other are one set: the controller writes the slices of a pod's two families, or those of a
/// rollout, one by one.
const TOGETHER: Duration = Duration::from_millis(50);
/// No change waits longer than this for others.
const WAITS: Duration = Duration::from_millis(250);
/// How often in a row a watch may be told that its version is compacted away, and see nothing in between.
const EXPIRED: u32 = 3;

/// The slices of a service, kept up to date.
#[derive(Debug)]
pub(crate) struct Live {
    client: Client,
    /// What to ask for: a path with a query.
    path: String,
    limits: Limits,
    slices: BTreeMap<String, Result<Slice, BadRecord>>,
    /// The version of them.
    version: String,
    /// The watch that is open.
    lines: Option<Lines>,
    /// Not to watch again before.
    next_watch: Option<Instant>,
    expired: u32,
}

/// What became of waiting for an event.
enum Step {
    /// A watch is open.
    Opened,
    Seen(Event),
    /// Nothing more comes that belongs to the changes before.
    Quiet,
    /// The watch has ended.
    Ended,
}

impl Live {
    /// Finds the API server and lists the slices.
    pub(crate) async fn open(origin: &Origin, ask: &Ask, limits: Limits) -> Result<Self, KubernetesError> {
        let late = |_| KubernetesError::TooLate { what: "the files of credentials", after: limits.connect };
        let config = timeout(limits.connect, origin.resolve(&ask.access)).await.map_err(late)??;
        let path = format!(
            "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices?labelSelector={}",
            encode(ask.namespace.as_ref().unwrap_or(&config.namespace)),
            encode(&format!("kubernetes.io/service-name={}", ask.service)),
        );
        let mut live = Self {
            client: Client::new(config, limits.connect, limits.answer),
            path,
            limits,
            slices: BTreeMap::new(),
            version: String::new(),
            lines: None,
            next_watch: None,
            expired: 0,
        };
        live.list().await?;
        Ok(live)
    }

    pub(crate) fn slices(&self) -> &BTreeMap<String, Result<Slice, BadRecord>> {
        &self.slices
    }

    async fn list(&mut self) -> Result<(), KubernetesError> {
        let Listed { slices, version } = Listed::ask(&mut self.client, &self.path).await?;
        (self.slices, self.version) = (slices, version);
        Ok(())
    }

    /// Waits until the slices have changed, or may have.
    pub(crate) async fn changed(&mut self) -> Result<(), KubernetesError> {
        let mut since = None;
        loop {
            match self.step(since).await {
                Ok(Step::Opened) => {}
                Ok(Step::Seen(event)) => {
                    if self.apply(event)? {
                        since.get_or_insert_with(Instant::now);
                    }
                }
                Ok(Step::Quiet) => return Ok(()),
                Ok(Step::Ended) => {
                    self.lines = None;
                    if since.is_some() {
                        return Ok(());
                    }
                }
                Err(gone) if gone.is_gone() && self.expired < EXPIRED => {
                    self.expired += 1;
                    self.lines = None;
                    return self.list().await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits for an event, or for the end of those that came one after the other since then.
    async fn step(&mut self, since: Option<Instant>) -> Result<Step, KubernetesError> {
        let Some(lines) = &mut self.lines else {
            self.watch().await?;
            return Ok(Step::Opened);
        };
        let wait = match since {
            Some(since) if since.elapsed() >= WAITS => return Ok(Step::Quiet),
            Some(_) => TOGETHER,
            None => self.limits.silence,
        };
        match timeout(wait, lines.next()).await {
            Err(_) if since.is_some() => Ok(Step::Quiet),
            Err(_) => {
                // The peer may be gone without a word: ask on another connection.
                self.client.close();
                Ok(Step::Ended)
            }
            Ok(line) => match line? {
                Some(line) => Event::read(&line, self.client.config()).map(Step::Seen),
                None => Ok(Step::Ended),
            },
        }
    }

    /// Opens a watch where the slices are.
    async fn watch(&mut self) -> Result<(), KubernetesError> {
        if let Some(at) = self.next_watch {
            sleep_until(at).await;
        }
        self.next_watch = Some(Instant::now() + self.limits.pace);
        let path = format!(
            "{}&watch=1&allowWatchBookmarks=true&resourceVersion={}&timeoutSeconds={}",
            self.path,
            encode(&self.version),
            fastrand::u64(WATCH),
        );
        // Some proxies hold back the beginning of an answer until there is more of it: an event or a bookmark.
        self.lines = Some(Lines::new(self.client.get(&path, self.limits.silence).await?));
        Ok(())
    }

    /// Takes in an event; whether it may have changed the set.
    fn apply(&mut self, event: Event) -> Result<bool, KubernetesError> {
        self.expired = 0;
        let (version, changed) = match event {
            Event::Put { name, slice, version } => {
                self.slices.insert(name, slice);
                (version, true)
            }
            Event::Deleted { name, version } => (version, self.slices.remove(&name).is_some()),
            Event::Bookmark { version } => (version, false),
        };
        if self.slices.len() > MOST_SLICES {
            let why = format!("more than {MOST_SLICES} slices");
            return Err(KubernetesError::Malformed { what: "the watch", why });
        }
        if let Some(version) = version {
            self.version = version;
        }
        Ok(changed)
    }
}
