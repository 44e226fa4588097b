use super::{TOO_MUCH, load::load, records::Records};
use crate::{
    error::EtcdError,
    rpc::{Answers, Client, Dialer, WatchResponse, first_that_answers},
    target::{Prefix, Settings},
};
use evenkeel_core::Snapshot;

/// A watch that is polled for its sets.
pub(crate) struct Session {
    dialer: Dialer,
    settings: Settings,
    open: Option<Open>,
}

/// With one server.
struct Open {
    client: Client,
    records: Records,
    /// As of when.
    revision: i64,
    watch: Option<Answers<WatchResponse>>,
    /// Whether the records have changed since the last set.
    is_changed: bool,
}

impl Session {
    pub(crate) fn new(dialer: Dialer, settings: Settings) -> Self {
        Self { dialer, settings, open: None }
    }

    /// The next set. After an error the session is of no use any more.
    pub(crate) async fn next(&mut self) -> Result<Snapshot, EtcdError> {
        if let Some(open) = &mut self.open {
            return open.next(&self.settings).await;
        }
        let (dialer, settings) = (&self.dialer, &self.settings);
        let attempt = |server| async move {
            let client = dialer.connect(&settings.cluster, &server).await?;
            Open::new(client, settings).await
        };
        let open = first_that_answers(dialer, &settings.cluster, attempt).await?;
        Ok(self.open.insert(open).records.set())
    }
}

impl Open {
    async fn new(mut client: Client, settings: &Settings) -> Result<Self, EtcdError> {
        let (records, revision) = load(&mut client, settings).await?;
        Ok(Self { client, records, revision, watch: None, is_changed: false })
    }

    async fn next(&mut self, settings: &Settings) -> Result<Snapshot, EtcdError> {
        loop {
            let response = self.watch(settings).await?.next().await?;
            if response.compact_revision > 0 {
                // What happened in between is gone for good (A 22): all again.
                (self.records, self.revision) = load(&mut self.client, settings).await?;
                (self.watch, self.is_changed) = (None, false);
                return Ok(self.records.set());
            }
            if response.canceled {
                let server = self.client.server().clone();
                return Err(EtcdError::Canceled { server, why: response.cancel_reason });
            }
            let is_whole = !response.fragment;
            self.is_changed |= self.records.apply(response);
            if self.records.are_too_much() {
                return Err(self.client.error(TOO_MUCH));
            }
            if is_whole && self.is_changed {
                self.is_changed = false;
                return Ok(self.records.set());
            }
        }
    }

    /// The stream of what happened after the records were loaded.
    async fn watch(&mut self, settings: &Settings) -> Result<&mut Answers<WatchResponse>, EtcdError> {
        let watch = if let Some(watch) = self.watch.take() {
            watch
        } else {
            let ranges = settings.prefixes().map(Prefix::range);
            self.client.watch(ranges, self.revision.saturating_add(1)).await?
        };
        Ok(self.watch.insert(watch))
    }
}
