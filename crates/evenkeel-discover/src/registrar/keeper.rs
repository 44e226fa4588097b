use super::{Lease, RegisterError, RegisterSettings, registration::Order};
use evenkeel_core::{Instance, mix};
use std::time::Duration;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep, timeout},
};

/// The task behind a registration.
pub(super) struct Keeper<L> {
    lease: L,
    instance: Instance,
    settings: RegisterSettings,
    failure: watch::Sender<Option<RegisterError>>,
    /// Failures in a row.
    failures: u32,
    random: u64,
}

/// How long a lease has to have been kept for its loss to be no failure in a row.
const STABLE: Duration = Duration::from_secs(10);

impl<L: Lease> Keeper<L> {
    pub(super) fn new(
        lease: L,
        instance: Instance,
        settings: RegisterSettings,
        failure: watch::Sender<Option<RegisterError>>,
    ) -> Self {
        let random = mix(u64::from(std::process::id()) ^ u64::from(Instant::now().elapsed().subsec_nanos()));
        Self { lease, instance, settings, failure, failures: 0, random }
    }

    /// Keeps the instance registered until it is told to remove it, or the registration is dropped.
    pub(super) async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        let mut is_put = true;
        loop {
            let work = async {
                if is_put {
                    let since = Instant::now();
                    return Err((self.lease.keep().await, since.elapsed()));
                }
                if self.failures > 0 {
                    self.random = mix(self.random);
                    sleep(self.settings.backoff.wait(self.failures - 1, self.random)).await;
                }
                self.put().await.map_err(|error| (error, Duration::ZERO))
            };
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Update(instance, done)) => is_put = self.update(instance, done).await,
                    Some(Order::Remove(done)) => {
                        let _ = done.send(self.remove().await);
                        return;
                    }
                    None => {
                        if let Err(error) = self.remove().await {
                            tracing::warn!(instance = %self.instance.name(), %error, "an instance was not deregistered");
                        }
                        return;
                    }
                },
                ended = work => is_put = self.worked(ended),
            }
        }
    }

    /// Whether the instance is put now.
    fn worked(&mut self, ended: Result<(), (RegisterError, Duration)>) -> bool {
        match ended {
            Ok(()) => {
                tracing::info!(instance = %self.instance.name(), "registered again");
                self.failure.send_replace(None);
                true
            }
            Err((error, kept)) => {
                // A lease that was kept for long is replaced at once.
                self.failures = if kept >= STABLE { 0 } else { self.failures + 1 };
                tracing::warn!(instance = %self.instance.name(), %error, "the registration does not stand");
                self.failure.send_replace(Some(error));
                false
            }
        }
    }

    async fn update(&mut self, instance: Instance, done: oneshot::Sender<Result<(), RegisterError>>) -> bool {
        self.instance = instance;
        let answer = self.put().await;
        let is_put = answer.is_ok();
        self.failure.send_replace(answer.as_ref().err().cloned());
        self.failures = if is_put { 0 } else { self.failures + 1 };
        let _ = done.send(answer);
        is_put
    }

    async fn put(&mut self) -> Result<(), RegisterError> {
        let put = timeout(self.settings.timeout, self.lease.put(&self.instance)).await;
        put.unwrap_or(Err(RegisterError::TooLate(self.settings.timeout)))
    }

    async fn remove(&mut self) -> Result<(), RegisterError> {
        let removed = timeout(self.settings.timeout, self.lease.remove()).await;
        removed.unwrap_or(Err(RegisterError::TooLate(self.settings.timeout)))
    }
}
