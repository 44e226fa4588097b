use super::{
    BalancerBuilder, Changes, Status, Turn,
    driver::{self, Parked},
    front::{Front, Publication},
};
use crate::{Attempts, Budget, CallSpec, PickError};
use evenkeel_core::{Call, CallInfo, EndpointId, Instance, Pick, panic_text};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::Ordering::{AcqRel, Acquire},
    },
    time::{Duration, Instant},
};
use tokio::{runtime, sync::watch, task::AbortHandle};

/// Picks instances of one target. A clone is the same balancer; when the last one is dropped, its task ends.
#[derive(Debug, Clone)]
pub struct Balancer(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) target: Arc<str>,
    pub(super) authority: Box<str>,
    pub(super) way: Way,
    pub(super) clock: fn() -> Instant,
    pub(super) ready_timeout: Duration,
    pub(super) retry_budget: Arc<Budget>,
}

/// Where picks come from.
#[derive(Debug)]
pub(super) enum Way {
    Discovered(Discovered),
    /// All calls go to a proxy. The sender tells by its end that the balancer is gone.
    Proxied(Arc<Instance>, watch::Sender<()>),
}

#[derive(Debug)]
pub(super) struct Discovered {
    pub(super) front: Arc<Front>,
    pub(super) parked: Arc<Parked>,
    pub(super) task: Mutex<Option<AbortHandle>>,
}

impl Drop for Discovered {
    fn drop(&mut self) {
        if let Some(task) = self.task.get_mut().unwrap_or_else(PoisonError::into_inner) {
            task.abort();
        }
        // Who waits for changes sees that there will be none.
        self.front.version.send_modify(|version| *version += 1);
    }
}

/// An instance for one attempt.
#[derive(Debug)]
pub(crate) struct Picked {
    pub(crate) turn: Turn,
    pub(crate) instance: Arc<Instance>,
    pub(crate) call: Call,
}

impl Picked {
    fn untracked(instance: &Arc<Instance>) -> Self {
        let turn = Turn { id: EndpointId { index: 0, generation: 0 }, nth: 0, is_last: true };
        Self { turn, instance: instance.clone(), call: Call::untracked() }
    }
}

impl Balancer {
    /// A balancer for a target such as `static:///10.0.0.1:80,10.0.0.2:80`.
    pub fn builder(target: impl Into<String>) -> BalancerBuilder {
        BalancerBuilder::new(&target.into())
    }

    /// Picks an instance for a call. It never waits and takes no lock; the first attempt allocates nothing.
    ///
    /// # Errors
    /// There is no instance for this call: discovery has not answered yet, has failed, or the set or the policy has none.
    pub fn pick<'a>(&'a self, call: &CallSpec<'a>) -> Result<Attempts<'a>, PickError> {
        Attempts::begin(self, *call)
    }

    /// The same, after waiting for discovery's first answer as [`ready`](Self::ready) does.
    ///
    /// # Errors
    /// As [`pick`](Self::pick) and [`ready`](Self::ready).
    pub async fn pick_ready<'a>(&'a self, call: &CallSpec<'a>) -> Result<Attempts<'a>, PickError> {
        if call.pinned.is_none() {
            self.ready().await?;
        }
        self.pick(call)
    }

    /// Waits for discovery's first answer, for no longer than [`ready_timeout`](BalancerBuilder::ready_timeout).
    ///
    /// # Errors
    /// Discovery failed, or did not answer in time.
    pub async fn ready(&self) -> Result<(), PickError> {
        let Way::Discovered(discovered) = &self.0.way else { return Ok(()) };
        self.run();
        let mut version = discovered.front.version.subscribe();
        let answered = async {
            loop {
                version.borrow_and_update();
                if let Some(answer) = discovered.front.published.read(|p, _| self.answer(p)) {
                    return answer;
                }
                if version.changed().await.is_err() {
                    return Err(self.not_yet());
                }
            }
        };
        let after = self.0.ready_timeout;
        let too_late = |_| Err(PickError::TooLate { target: self.0.target.clone(), after });
        tokio::time::timeout(after, answered).await.unwrap_or_else(too_late)
    }

    /// Waits until a pick for this call yields an instance, or fails for another reason than that there are none (yet). Bound it
    /// with a timeout of your own.
    pub async fn available(&self, call: &CallSpec<'_>) {
        let Way::Discovered(discovered) = &self.0.way else { return };
        self.run();
        let mut version = discovered.front.version.subscribe();
        loop {
            version.borrow_and_update();
            match self.look(call, &[], None) {
                Ok(picked) => return picked.call.unsent(),
                Err(error) if !error.is_retryable() => return,
                Err(_) => {}
            }
            if version.changed().await.is_err() {
                return;
            }
        }
    }

    /// The budget that all retries over this balancer share.
    pub fn retry_budget(&self) -> &Budget {
        &self.0.retry_budget
    }

    /// Tells of each new publication; nothing where there is only one.
    pub(crate) fn versions(&self) -> Option<watch::Receiver<u64>> {
        match &self.0.way {
            Way::Discovered(discovered) => Some(discovered.front.version.subscribe()),
            Way::Proxied(..) => None,
        }
    }

    /// How many instances a call can try at most, as of now.
    pub(crate) fn eligible(&self, call: &CallSpec<'_>) -> usize {
        match &self.0.way {
            Way::Discovered(discovered) if call.pinned.is_none() => {
                discovered.front.published.read(|p, _| p.table.instances())
            }
            _ => 1,
        }
    }

    /// Whether there is another clone of it.
    pub(crate) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// The target, as it was written but for its credentials.
    pub fn target(&self) -> &Arc<str> {
        &self.0.target
    }

    /// The name of the service: what a request's `Host` or `:authority` should say, whichever instance it goes to.
    pub fn authority(&self) -> &str {
        &self.0.authority
    }

    /// What is known of the target now.
    pub fn status(&self) -> Status {
        match &self.0.way {
            Way::Proxied(proxy, _) => Status::proxied(self.0.target.clone(), proxy),
            Way::Discovered(discovered) => {
                let latest = discovered.front.latest();
                let connectivity =
                    discovered.front.published.read(|p, _| p.state.as_ref().map(|s| s.connectivity));
                Status::discovered(self.0.target.clone(), &latest, connectivity, (self.0.clock)())
            }
        }
    }

    /// The changes of the set, from the current one on: each whole, always the newest. Dropping it unsubscribes.
    pub fn changes(&self) -> Changes {
        match &self.0.way {
            Way::Proxied(_, gone) => Changes::of_proxied(gone),
            Way::Discovered(discovered) => {
                self.run();
                Changes::of(discovered.front.clone(), &self.0)
            }
        }
    }

    /// Looks once at the current publication.
    pub(crate) fn look(
        &self,
        call: &CallSpec<'_>,
        tried: &[EndpointId],
        before: Option<(EndpointId, usize)>,
    ) -> Result<Picked, PickError> {
        if let Some(pinned) = call.pinned {
            return Ok(Picked::untracked(pinned));
        }
        let discovered = match &self.0.way {
            Way::Proxied(proxy, _) => return Ok(Picked::untracked(proxy)),
            Way::Discovered(discovered) => discovered,
        };
        if !discovered.front.is_running.load(Acquire) {
            self.run();
        }
        discovered.front.published.read(|publication, ticket| {
            let Some(state) = &publication.state else {
                return Err(self.answer(publication).and_then(Result::err).unwrap_or_else(|| self.not_yet()));
            };
            let clock = self.0.clock;
            let info = CallInfo::new(discovered.front.random(), ticket, &clock)
                .with_key(call.key)
                .with_tried(tried)
                .with_metadata(call.metadata);
            let pick = catch_unwind(AssertUnwindSafe(|| state.picker.pick(&info)))
                .map_err(|panic| PickError::PickerPanicked(panic_text(&*panic).into()))?;
            let (id, call) = match pick {
                Pick::Endpoint(id, call) => (id, call),
                Pick::Queue => return Err(self.not_yet()),
                Pick::Fail(why) | Pick::Drop(why) => {
                    return Err(PickError::NoInstance { target: self.0.target.clone(), why });
                }
            };
            let Some((turn, instance)) = publication.table.next(id, before) else {
                // The picker named what it was not given.
                call.unsent();
                return Err(self.not_yet());
            };
            let call = call.timed(|| info.now(), clock);
            Ok(Picked { turn, instance: instance.clone(), call })
        })
    }

    /// What a publication says to who waits for discovery: nothing yet, a set, or an error.
    fn answer(&self, publication: &Publication) -> Option<Result<(), PickError>> {
        match (&publication.state, &publication.error) {
            (Some(_), _) => Some(Ok(())),
            (None, Some(error)) => {
                Some(Err(PickError::Discovery { target: self.0.target.clone(), error: error.clone() }))
            }
            (None, None) => None,
        }
    }

    /// There is no answer of discovery.
    pub(crate) fn not_yet(&self) -> PickError {
        let target = self.0.target.clone();
        match &self.0.way {
            Way::Discovered(discovered) if !discovered.front.is_running.load(Acquire) => {
                PickError::NoRuntime { target }
            }
            _ => PickError::NotYet { target },
        }
    }

    /// Starts the task, if it does not run and there is a runtime to run it.
    #[cold]
    pub(super) fn run(&self) {
        let Way::Discovered(discovered) = &self.0.way else { return };
        let Ok(runtime) = runtime::Handle::try_current() else { return };
        if discovered.front.is_running.swap(true, AcqRel) {
            return;
        }
        let parked = discovered.parked.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(driver) = parked else { return };
        let home = Arc::downgrade(&discovered.parked);
        let task = runtime.spawn(driver::run(driver, discovered.front.clone(), home));
        *discovered.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task.abort_handle());
    }
}
