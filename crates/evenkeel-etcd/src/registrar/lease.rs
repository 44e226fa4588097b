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

/// The lease that is known, or a new one.
async fn granted(client: &mut Client, known: Option<Granted>, ttl: Duration) -> Result<Granted, EtcdError> {
    if let Some(known) = known {
        return Ok(known);
    }
    let seconds = ttl.as_secs() + u64::from(ttl.subsec_nanos() > 0);
    let answer = client.grant(i64::try_from(seconds).unwrap_or(i64::MAX)).await?;
    // It may be longer than was asked for.
    let ttl = Duration::from_secs(u64::try_from(answer.ttl).unwrap_or(seconds).max(1));
    Ok(Granted { id: answer.id, ttl })
}

impl EtcdLease {
    pub(super) fn new(dialer: Dialer, settings: Settings) -> Self {
        Self { dialer, settings, client: None, granted: None, key: None }
    }

    /// A connection and a lease, each made anew if there is none. Whoever uses the connection puts it back if it is still good.
    async fn ready(&mut self) -> Result<(Client, Granted), EtcdError> {
        let (dialer, settings, known) = (&self.dialer, &self.settings, self.granted);
        let connect = |server| async move {
            let mut client = dialer.connect(&settings.cluster, &server).await?;
            let granted = granted(&mut client, known, settings.ttl).await?;
            Ok((client, granted))
        };
        let (client, granted) = match self.client.take() {
            Some(mut client) => {
                let granted = granted(&mut client, known, settings.ttl).await?;
                (client, granted)
            }
            None => first_that_answers(dialer, &settings.cluster, connect).await?,
        };
        self.granted = Some(granted);
        Ok((client, granted))
    }

    async fn write(&mut self, key: &str, value: &str) -> Result<(), EtcdError> {
        if self.key.as_ref().is_some_and(|old| old != key) {
            self.revoke().await?;
        }
        let (mut client, lease) = self.ready().await?;
        match client.put(key, value, lease.id).await {
            // It has been lost.
            Err(error) if error.is_not_found() => {
                let lease = granted(&mut client, None, self.settings.ttl).await?;
                self.granted = Some(lease);
                client.put(key, value, lease.id).await?;
            }
            done => done?,
        }
        (self.client, self.key) = (Some(client), Some(key.to_owned()));
        Ok(())
    }

    /// Keeps the lease for as long as it goes. Whether it is really gone, the next [`write`](Self::write) finds out.
    async fn keep_alive(&mut self) -> Result<Infallible, EtcdError> {
        let (mut client, Granted { id, ttl }) = self.ready().await?;
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
        if self.granted.is_none() {
            return Ok(());
        }
        let (mut client, lease) = self.ready().await?;
        match client.revoke(lease.id).await {
            Err(error) if !error.is_not_found() => return Err(error),
            _ => {}
        }
        (self.client, self.granted, self.key) = (Some(client), None, None);
        Ok(())
    }
}

impl Lease for EtcdLease {
    async fn put(&mut self, instance: &Instance) -> Result<(), RegisterError> {
        let Some(address) = instance.addresses().first() else {
            return Err(RegisterError::Instance("it has no address".to_owned()));
        };
        let key = self.settings.prefix.key(&address.to_string());
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
