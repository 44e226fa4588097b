use super::{
    Api,
    query::{Query, Select},
    status::Status,
    store::Change,
};
use bytes::Bytes;
use serde_json::{Value, json};
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep_until};

/// One open watch.
pub(super) struct Watcher {
    api: Arc<Api>,
    select: Select,
    version: u64,
    news: tokio::sync::watch::Receiver<()>,
    ready: VecDeque<Value>,
    /// When it ends, and how often it is sent a bookmark if it wants them.
    end: Instant,
    bookmark: Option<(Instant, Duration)>,
    line: Option<String>,
    is_over: bool,
}

/// What a real one does where the client does not say: between half an hour and an hour.
const LONGEST: Duration = Duration::from_secs(1800);

impl Watcher {
    /// Begins where the query says; without that, at what is there now, each object as if it had been added.
    pub(super) fn new(api: &Arc<Api>, select: Select, query: &Query) -> Result<Self, Status> {
        let faults = api.faults();
        let news = api.news.subscribe();
        let (version, ready) = match query.number("resourceVersion") {
            Some(version) if version > 0 => (version, VecDeque::new()),
            _ => {
                let page = api.store().list(&select, usize::MAX);
                (page.version, page.items.into_iter().map(|object| event("ADDED", &object)).collect())
            }
        };
        if faults.gone_is_status {
            api.store().after(version)?;
        }
        let now = Instant::now();
        let asked = query.number("timeoutSeconds").map_or(LONGEST, Duration::from_secs);
        let every = faults.bookmark_every.unwrap_or(Duration::from_secs(60));
        Ok(Self {
            api: api.clone(),
            select,
            version,
            news,
            ready,
            end: now + faults.longest_watch.unwrap_or(asked).min(asked),
            bookmark: query.is_true("allowWatchBookmarks").then_some((now + every, every)),
            line: None,
            is_over: false,
        })
    }

    /// The next line, until it ends.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        loop {
            let faults = self.api.faults();
            if faults.is_silent {
                let _ = self.news.changed().await;
                continue;
            }
            if faults.line.is_some() && faults.line != self.line {
                self.line = faults.line;
                return self.line.clone().map(|line| Bytes::from(line + "\n"));
            }
            if let Some(event) = self.ready.pop_front() {
                return Some(Bytes::from(event.to_string() + "\n"));
            }
            if self.is_over {
                return None;
            }
            self.fill().await;
        }
    }

    /// Waits for something to send, or the end.
    async fn fill(&mut self) {
        self.news.mark_unchanged();
        match self.api.store().after(self.version) {
            Ok(changes) => {
                for change in changes {
                    self.version = change.version;
                    self.ready.extend(seen(&self.select, change));
                }
            }
            Err(gone) => {
                self.ready.push_back(event("ERROR", &gone.json()));
                self.is_over = true;
            }
        }
        if !self.ready.is_empty() {
            return;
        }
        let due = self.bookmark.map_or(self.end, |(due, _)| due.min(self.end));
        tokio::select! {
            _ = self.news.changed() => {}
            () = sleep_until(due) => self.tick(),
        }
    }

    /// A bookmark is due, or the end, just before which a real one sends a bookmark, too.
    fn tick(&mut self) {
        self.is_over = Instant::now() >= self.end;
        if let Some((due, every)) = &mut self.bookmark {
            *due += *every;
            let metadata = json!({"resourceVersion": self.version.to_string(), "creationTimestamp": null});
            let bookmark = json!({
                "kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", "metadata": metadata,
                "addressType": "", "endpoints": null, "ports": null,
            });
            self.ready.push_back(event("BOOKMARK", &bookmark));
        }
    }
}

fn event(kind: &str, object: &Value) -> Value {
    json!({"type": kind, "object": object})
}

/// A change as one who selects some objects sees it: one that begins to match is added, one that no longer does is deleted.
fn seen(select: &Select, change: Change) -> Option<Value> {
    let old = change.old.filter(|object| select.matches(object));
    let new = change.new.filter(|object| select.matches(object));
    match (old, new) {
        (None, None) => None,
        (None, Some(new)) => Some(event("ADDED", &new)),
        (Some(_), Some(new)) => Some(event("MODIFIED", &new)),
        (Some(mut old), None) => {
            old["metadata"]["resourceVersion"] = json!(change.version.to_string());
            Some(event("DELETED", &old))
        }
    }
}
