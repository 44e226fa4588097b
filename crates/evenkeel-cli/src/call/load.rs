//! When calls start: one after the other, or on a schedule.

use super::{Template, exchange, tally::Tally};
use evenkeel::Channel;
use std::{
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, watch},
    task::{JoinSet, spawn_blocking},
};

/// How many calls there may be at a time on a schedule that says nothing of it.
const MOST: u32 = 10_000;
/// How long a schedule sleeps at most before it looks whether it is to end.
const LOOK: Duration = Duration::from_millis(50);

/// When calls start.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) count: u64,
    pub(super) length: Option<Duration>,
    pub(super) concurrency: Option<u32>,
    pub(super) rate: Option<f64>,
    pub(super) sequence: bool,
}

/// What a run has come to.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) tally: Tally,
    pub(super) took: Duration,
}

/// True once the run is to end at once.
type Stop = watch::Receiver<bool>;

/// Makes the calls. Those in flight at a stop are given up and do not count.
pub(super) async fn run(channel: &Channel, template: &Arc<Template>, plan: &Plan, stop: &Stop) -> Run {
    let start = Instant::now();
    let caller = Caller { channel: channel.clone(), template: template.clone(), stop: stop.clone() };
    let tally = match plan.rate {
        None => in_turn(&caller, plan, start).await,
        Some(rate) => on_schedule(caller, plan.clone(), start, rate).await,
    };
    Run { tally, took: start.elapsed() }
}

#[derive(Debug, Clone)]
struct Caller {
    channel: Channel,
    template: Arc<Template>,
    stop: Stop,
}

impl Plan {
    /// Whether there is a call of this number, starting at this time.
    fn goes_on(&self, number: u64, since_start: Duration) -> bool {
        number < self.count && self.length.is_none_or(|length| since_start < length)
    }
}

/// So many callers, each making one call after the other.
async fn in_turn(caller: &Caller, plan: &Plan, start: Instant) -> Tally {
    let callers = plan.count.min(u64::from(plan.concurrency.unwrap_or(1)));
    let shares = usize::try_from(callers).unwrap_or(1);
    let (next, sequence) = (Arc::new(AtomicU64::new(0)), plan.sequence);
    let mut running = JoinSet::new();
    for _ in 0..callers {
        let (caller, plan, next) = (caller.clone(), plan.clone(), next.clone());
        running.spawn(one_after_the_other(caller, plan, start, next, Tally::new(shares, sequence)));
    }
    let mut all = Tally::new(1, plan.sequence);
    while let Some(tally) = running.join_next().await {
        // A caller that panicked has nothing to tell; the panic itself was printed.
        if let Ok(tally) = tally {
            all.merge(tally);
        }
    }
    all
}

async fn one_after_the_other(
    caller: Caller,
    plan: Plan,
    start: Instant,
    next: Arc<AtomicU64>,
    mut tally: Tally,
) -> Tally {
    let Caller { channel, template, mut stop } = caller;
    let mut stopped = pin!(async move { stop.wait_for(|stop| *stop).await.is_ok() });
    loop {
        let began = Instant::now();
        if !plan.goes_on(next.fetch_add(1, Relaxed), began - start) {
            return tally;
        }
        tokio::select! {
            biased;
            answer = exchange(&channel, &template) => {
                let ended = Instant::now();
                tally.note(answer, ended - began, ended);
            }
            _ = &mut stopped => return tally,
        }
    }
}

/// Calls that start at their times, however long others take. Latency counts from the scheduled time.
async fn on_schedule(caller: Caller, plan: Plan, start: Instant, rate: f64) -> Tally {
    let limit = plan.concurrency.unwrap_or(MOST);
    let room = Arc::new(Semaphore::new(limit as usize));
    let tally = Arc::new(Mutex::new(Tally::new(1, plan.sequence)));
    let (runtime, shared, places) = (Handle::current(), tally.clone(), room.clone());
    // A thread of its own: the runtime's timer is a millisecond too coarse.
    let scheduled = spawn_blocking(move || {
        for number in 0.. {
            #[expect(clippy::cast_precision_loss, reason = "exact for the first 2^53 calls")]
            let since_start = Duration::from_secs_f64(number as f64 / rate);
            if !plan.goes_on(number, since_start) || !sleep_until(start + since_start, &caller.stop) {
                break;
            }
            let (caller, shared, places) = (caller.clone(), shared.clone(), places.clone());
            let Ok(place) = runtime.block_on(places.acquire_owned()) else { break };
            runtime.spawn(async move {
                one_call(caller, start + since_start, &shared).await;
                drop(place);
            });
        }
    });
    let _ = scheduled.await;
    // All places are free again when the last call has ended.
    let _ = room.acquire_many(limit).await;
    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::replace(&mut *tally, Tally::new(1, false))
}

async fn one_call(mut caller: Caller, due: Instant, tally: &Mutex<Tally>) {
    tokio::select! {
        biased;
        answer = exchange(&caller.channel, &caller.template) => {
            let ended = Instant::now();
            tally.lock().unwrap_or_else(PoisonError::into_inner).note(answer, ended - due, ended);
        }
        _ = caller.stop.wait_for(|stop| *stop) => {}
    }
}

/// Sleeps until then; false if the run is to end before.
fn sleep_until(due: Instant, stop: &Stop) -> bool {
    loop {
        let left = due.saturating_duration_since(Instant::now());
        if *stop.borrow() {
            return false;
        }
        if left.is_zero() {
            return true;
        }
        std::thread::sleep(left.min(LOOK));
    }
}
