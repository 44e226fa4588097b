use crate::call::{Answer, Template, exchange};
use evenkeel::{Channel, core::Code};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Instant,
};
use tokio::task::JoinSet;

/// How many calls there are at a time.
const CALLERS: usize = 8;

/// Callers that make one call after the other until they are told to stop.
#[derive(Debug)]
pub(super) struct Callers {
    records: Arc<Mutex<Vec<Record>>>,
    stop: Arc<AtomicBool>,
    running: JoinSet<()>,
}

/// One call.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) began: Instant,
    pub(super) ended: Instant,
    pub(super) code: Code,
    /// The address of the server that got it.
    pub(super) server: Option<String>,
}

impl Callers {
    /// Starts them.
    pub(super) fn start(channel: &Channel, template: &Arc<Template>) -> Self {
        let (records, stop) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<AtomicBool>::default());
        let mut running = JoinSet::new();
        for _ in 0..CALLERS {
            let (channel, template) = (channel.clone(), template.clone());
            let (records, stop) = (records.clone(), stop.clone());
            running.spawn(async move {
                while !stop.load(Relaxed) {
                    let began = Instant::now();
                    let record = Record::new(began, exchange(&channel, &template).await);
                    records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
                }
            });
        }
        Self { records, stop, running }
    }

    /// Whether that server answered a call that began after this time.
    pub(super) fn answered(&self, server: &str, after: Instant) -> bool {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.iter().rev().any(|r| r.is_ok() && r.began > after && r.is_on(server))
    }

    /// Lets them finish their calls, and yields the records of all.
    pub(super) async fn finish(mut self) -> Vec<Record> {
        self.stop.store(true, Relaxed);
        while self.running.join_next().await.is_some() {}
        std::mem::take(&mut self.records.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Record {
    fn new(began: Instant, answer: Answer) -> Self {
        let server = answer.served.map(|served| served.peer.address.to_string());
        Self { began, ended: Instant::now(), code: answer.code, server }
    }

    pub(super) fn is_ok(&self) -> bool {
        self.code == Code::Ok
    }

    pub(super) fn is_on(&self, server: &str) -> bool {
        self.server.as_deref() == Some(server)
    }

    /// Whether it had begun and not ended at this time.
    pub(super) fn is_in_flight(&self, at: Instant) -> bool {
        self.began < at && self.ended >= at
    }
}
