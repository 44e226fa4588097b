use super::{Client, say};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Instant,
};
use tokio::task::JoinSet;
use tonic::Status;

/// How the calls of a load ended.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Calls by the server that answered.
    pub(crate) answered: BTreeMap<String, usize>,
    pub(crate) failed: Vec<Failed>,
    /// When the last answer of each server came to a call that was started then.
    pub(crate) last_start: BTreeMap<String, Instant>,
}

#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) started: Instant,
    pub(crate) ended: Instant,
    pub(crate) status: Status,
}

impl Tally {
    pub(crate) fn total(&self) -> usize {
        self.answered.values().sum()
    }

    #[track_caller]
    pub(crate) fn assert_none_failed(&self) {
        let first = self.failed.iter().take(3).map(|failed| &failed.status).collect::<Vec<_>>();
        assert!(first.is_empty(), "{} of {} failed: {first:#?}", self.failed.len(), self.total());
    }

    async fn call(&mut self, client: &mut Client, message: &str) {
        let started = Instant::now();
        match client.unary_echo(say(message)).await {
            Ok(response) => {
                let name = name_of(&response.get_ref().message).to_owned();
                *self.answered.entry(name.clone()).or_default() += 1;
                let last = self.last_start.entry(name).or_insert(started);
                *last = started.max(*last);
            }
            Err(status) => {
                self.failed.push(Failed { started, ended: Instant::now(), status });
                // A call that fails at once has not waited for anything: let others run before the next.
                tokio::task::yield_now().await;
            }
        }
    }

    fn add(mut self, other: Self) -> Self {
        for (name, count) in other.answered {
            *self.answered.entry(name).or_default() += count;
        }
        for (name, at) in other.last_start {
            let last = self.last_start.entry(name).or_insert(at);
            *last = at.max(*last);
        }
        self.failed.extend(other.failed);
        self
    }
}

/// Who answered: the address in `... (from ADDRESS)`.
#[track_caller]
pub(crate) fn name_of(message: &str) -> &str {
    message.split_once("(from ").expect("an answer names its server").1.trim_end_matches(')')
}

/// Callers at work until they are stopped.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    callers: JoinSet<Tally>,
}

impl Load {
    pub(crate) fn new() -> Self {
        Self { stop: Arc::default(), callers: JoinSet::new() }
    }

    /// More callers, each with one call after the other; the `n`-th call of each has the text `message(n)`.
    pub(crate) fn with(
        mut self,
        client: &Client,
        callers: usize,
        message: impl Fn(usize) -> String + Clone + Send + 'static,
    ) -> Self {
        for _ in 0..callers {
            let (mut client, stop, message) = (client.clone(), self.stop.clone(), message.clone());
            self.callers.spawn(async move {
                let mut tally = Tally::default();
                for n in 0.. {
                    if stop.load(Relaxed) {
                        break;
                    }
                    tally.call(&mut client, &message(n)).await;
                }
                tally
            });
        }
        self
    }

    pub(crate) async fn stop(self) -> Tally {
        self.stop.store(true, Relaxed);
        collect(self.callers).await
    }
}

/// So many calls in all, by so many callers.
pub(crate) async fn fixed(client: &Client, callers: usize, calls: usize) -> Tally {
    let (taken, mut set) = (Arc::new(AtomicUsize::new(0)), JoinSet::new());
    for _ in 0..callers {
        let (mut client, taken) = (client.clone(), taken.clone());
        set.spawn(async move {
            let mut tally = Tally::default();
            while taken.fetch_add(1, Relaxed) < calls {
                tally.call(&mut client, "hi").await;
            }
            tally
        });
    }
    collect(set).await
}

async fn collect(callers: JoinSet<Tally>) -> Tally {
    callers.join_all().await.into_iter().fold(Tally::default(), Tally::add)
}
