use super::ticks::ticks;
use crate::{
    error::EtcdError,
    rpc::{Client, Dialer, first_that_answers},
    target::Settings,
};
use evenkeel_core::Instance;
use evenkeel_discover::{Lease, RegisterError, write_record};
use std::{convert::Infallible, time::Duration};
use tokio::time::timeout;

/// One key under one lease.
pub(super) struct EtcdLease {
    dialer: Dialer,
    settings: Settings,
    client: Option<Client>,
    granted: Option<Granted>,
    /// The key that was written last.
    key: Option<String>,
}

/// A lease that etcd granted.
#[derive(Debug, Clone, Copy)]
struct Granted {
    id: i64,
    ttl: Duration,
}

impl EtcdLease {
    pub(super) fn new(dialer: Dialer, settings: Settings) -> Self {
        Self { dialer, settings, client: None, granted: None, key: None }
    }

    /// The connection, made anew after a failure. Whoever uses it puts it back if it is still good.
    async fn connect(&mut self) -> Result<Client, EtcdError> {
        if let Some(client) = self.client.take() {
            return Ok(client);
        }
        let (dialer, cluster) = (&self.dialer, &self.settings.cluster);
        first_that_answers(dialer, cluster, |server| async move { dialer.connect(cluster, &server).await })
            .await
    }

    /// The lease, granted if there is none.
    async fn grant(&mut self, client: &mut Client) -> Result<Granted, EtcdError> {
        if let Some(granted) = self.granted {
            return Ok(granted);
        }
        let ttl = self.settings.ttl;
        let seconds = ttl.as_secs() + u64::from(ttl.subsec_nanos() > 0);
        let answer = client.grant(i64::try_from(seconds).unwrap_or(i64::MAX)).await?;
        // It may be longer than was asked for.
        let ttl = Duration::from_secs(u64::try_from(answer.ttl).unwrap_or(seconds).max(1));
        Ok(*self.granted.insert(Granted { id: answer.id, ttl }))
    }

    async fn write(&mut self, key: &str, value: &str) -> Result<(), EtcdError> {
        let mut client = self.connect().await?;
        let granted = self.grant(&mut client).await?;
        match client.put(key, value, granted.id).await {
            // It has been lost.
            Err(error) if error.is_not_found() => {
                self.granted = None;
                let granted = self.grant(&mut client).await?;
                client.put(key, value, granted.id).await?;
            }
            done => done?,
        }
        if let Some(old) = self.key.replace(key.to_owned()).filter(|old| old != key) {
            client.delete(&old).await?;
        }
        self.client = Some(client);
        Ok(())
    }

    /// Keeps the lease for as long as it goes. Whether it is really gone, the next [`write`](Self::write) finds out.
    async fn keep_alive(&mut self) -> Result<Infallible, EtcdError> {
        let Some(Granted { id, ttl }) = self.granted else { return Err(EtcdError::LeaseLost) };
        let mut client = self.connect().await?;
        let mut answers = client.keep_alive(id, ticks(ttl / 3)).await?;
        // An update may come while this waits; it need not connect then.
        self.client = Some(client);
        // A lease that has not been heard of for its whole time is lost, whatever the connection says.
        while let Ok(answer) = timeout(ttl, answers.next()).await {
            match answer {
                Ok(granted) if granted.ttl > 0 => {}
                Ok(_) => return Err(EtcdError::LeaseLost),
                Err(error) => {
                    self.client = None;
                    return Err(error);
                }
            }
        }
        self.client = None;
        Err(EtcdError::LeaseLost)
    }

    async fn revoke(&mut self) -> Result<(), EtcdError> {
        let Some(granted) = self.granted else { return Ok(()) };
        let mut client = self.connect().await?;
        match client.revoke(granted.id).await {
            Err(error) if !error.is_not_found() => return Err(error),
            _ => {}
        }
        (self.granted, self.key) = (None, None);
        Ok(())
    }
}

impl Lease for EtcdLease {
    async fn put(&mut self, instance: &Instance) -> Result<(), RegisterError> {
        let Some(address) = instance.addresses().first() else {
            return Err(RegisterError::Instance("it has no address".to_owned()));
        };
        let Some(prefix) = self.settings.prefixes.first() else {
            return Err(RegisterError::Instance("it has no prefix".to_owned()));
        };
        let key = prefix.key(&address.to_string());
        let value = write_record(instance);
        let is_new = self.client.is_none();
        match self.write(&key, &value).await {
            Err(error) if error.is_of_connection() && !is_new => self.write(&key, &value).await,
            done => done,
        }
        .map_err(RegisterError::registry)
    }

    async fn keep(&mut self) -> RegisterError {
        let Err(error) = self.keep_alive().await;
        RegisterError::registry(error)
    }

    /// The end of the lease takes the key with it, unless the key has been written by somebody else since: then it is theirs.
    async fn remove(&mut self) -> Result<(), RegisterError> {
        let is_new = self.client.is_none();
        match self.revoke().await {
            Err(error) if error.is_of_connection() && !is_new => self.revoke().await,
            done => done,
        }
        .map_err(RegisterError::registry)
    }
}
