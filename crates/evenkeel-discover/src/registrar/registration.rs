use super::{Lease, RegisterError, keeper::Keeper};
use crate::engine::tags_fit;
use evenkeel_core::{Backoff, Instance};
use std::time::Duration;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};

/// How a registration is kept.
#[derive(Debug, Clone)]
pub struct RegisterSettings {
    /// How long one request of the registry may take. Default 5 s.
    pub timeout: Duration,
    /// How long to wait after a failure. Default: 0.1 s, 1.6 times longer each time up to 10 s, give or take 20 %. It is shorter than
    /// discovery's, because until it is done an instance that serves is not seen.
    pub backoff: Backoff,
}

impl Default for RegisterSettings {
    fn default() -> Self {
        let (base, max) = (Duration::from_millis(100), Duration::from_secs(10));
        Self { timeout: Duration::from_secs(5), backoff: Backoff { base, max, ..Backoff::default() } }
    }
}

impl RegisterSettings {
    /// The same for a lease of this length. After a failure it is tried again at least three times as often, so that a registry that
    /// was away for longer than the lease, and gives each a new time when it is back, does not see it end.
    #[must_use]
    pub fn within(mut self, lease: Duration) -> Self {
        self.backoff.max = self.backoff.max.min(lease.mul_f64(0.25));
        self
    }
}

/// An instance that is registered, and stays so while this lives.
///
/// Dropping it deregisters in the background, if its runtime lives on, for at most the settings' `timeout`; [`deregister`] also waits
/// for that and tells how it ended. After a crash the registry's lease takes the instance out.
///
/// [`deregister`]: Self::deregister
#[derive(Debug)]
#[must_use = "dropping it deregisters the instance"]
pub struct Registration {
    pub(super) orders: mpsc::UnboundedSender<Order>,
    pub(super) failure: watch::Receiver<Option<RegisterError>>,
    pub(super) timeout: Duration,
}

/// What a keeper is told.
#[derive(Debug)]
pub(super) enum Order {
    Update(Instance, oneshot::Sender<Result<(), RegisterError>>),
    Remove(oneshot::Sender<Result<(), RegisterError>>),
}

/// Registers an instance by a lease, and keeps it so by a task of the current runtime.
///
/// # Errors
/// The registry did not take it, or nobody would read all of its tags. Nothing goes on in the background then.
///
/// # Panics
/// Outside a tokio runtime.
pub async fn register<L: Lease>(
    mut lease: L,
    instance: &Instance,
    settings: RegisterSettings,
) -> Result<Registration, RegisterError> {
    check(instance)?;
    let first = timeout(settings.timeout, lease.put(instance)).await;
    first.unwrap_or(Err(RegisterError::TooLate(settings.timeout)))?;
    let (orders, inbox) = mpsc::unbounded_channel();
    let (told, failure) = watch::channel(None);
    let limit = settings.timeout;
    tokio::spawn(Keeper::new(lease, instance.clone(), settings, told).run(inbox));
    Ok(Registration { orders, failure, timeout: limit })
}

/// What is registered is read back whole, or refused.
fn check(instance: &Instance) -> Result<(), RegisterError> {
    if tags_fit(instance) {
        return Ok(());
    }
    let why = "its tags are over 64 or 4096 bytes in all, or one has no key or control characters";
    Err(RegisterError::Instance(why.to_owned()))
}

impl Registration {
    /// Writes the instance anew: another weight (0 drains it) or other tags. With other addresses it is another instance, for a
    /// registration of its own.
    ///
    /// # Errors
    /// The registry did not take it in time; it is tried again until it does. Or nobody would read all of its tags; then nothing changes.
    pub async fn update(&self, instance: &Instance) -> Result<(), RegisterError> {
        check(instance)?;
        let (done, answer) = oneshot::channel();
        self.order(Order::Update(instance.clone(), done), answer).await
    }

    /// Takes the instance out of the registry. Doing it again is harmless.
    ///
    /// # Errors
    /// The registry did not confirm it in time; its lease will take the instance out.
    pub async fn deregister(&self) -> Result<(), RegisterError> {
        let (done, answer) = oneshot::channel();
        match self.order(Order::Remove(done), answer).await {
            // It has been done before.
            Err(RegisterError::Ended) => Ok(()),
            other => other,
        }
    }

    /// Why the registration is not known to stand at the moment; nothing while all is well.
    pub fn failure(&self) -> Option<RegisterError> {
        self.failure.borrow().clone()
    }

    /// Waits until [`failure`](Self::failure) changes, and yields it.
    ///
    /// # Errors
    /// The registration has ended.
    pub async fn changed(&mut self) -> Result<Option<RegisterError>, RegisterError> {
        self.failure.changed().await.map_err(|_| RegisterError::Ended)?;
        Ok(self.failure.borrow_and_update().clone())
    }

    async fn order(
        &self,
        order: Order,
        answer: oneshot::Receiver<Result<(), RegisterError>>,
    ) -> Result<(), RegisterError> {
        self.orders.send(order).map_err(|_| RegisterError::Ended)?;
        match timeout(self.timeout, answer).await {
            Ok(answer) => answer.unwrap_or(Err(RegisterError::Ended)),
            Err(_) => Err(RegisterError::TooLate(self.timeout)),
        }
    }
}
