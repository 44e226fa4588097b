use super::body::Body;
use crate::{
    ConsulError,
    client::{Answer, Client},
    query::option,
    url::encode,
};
use bytes::Bytes;
use evenkeel_core::Instance;
use evenkeel_discover::{Lease, RegisterError};
use http::{Method, StatusCode};
use std::time::Duration;
use tokio::time::sleep;

/// One entry at an agent, alive for as long as its TTL check is told so.
#[derive(Debug)]
pub(super) struct AgentLease {
    client: Client,
    ttl: Duration,
    /// How long one request may take.
    limit: Duration,
    /// The ids of the entries that may be there; more than one only until the older ones are taken out.
    written: Vec<String>,
}

impl AgentLease {
    pub(super) fn new(client: Client, ttl: Duration, limit: Duration) -> Self {
        Self { client, ttl, limit, written: Vec::new() }
    }

    async fn put_at(&mut self, path: &str, body: String) -> Result<Answer, ConsulError> {
        let mut path = path.to_owned();
        option(&mut path, "ns", self.client.access().namespace.as_deref());
        self.client.ask(&Method::PUT, &path, &Bytes::from(body), self.limit).await
    }

    async fn deregister(&mut self, id: &str) -> Result<(), ConsulError> {
        match self.put_at(&format!("/v1/agent/service/deregister/{}", encode(id)), String::new()).await {
            // It is not there; since 1.10 Consul says so.
            Err(ConsulError::Status { status: StatusCode::NOT_FOUND, .. }) => Ok(()),
            other => other.map(drop),
        }
    }

    /// Takes out all entries but the newest `keep`.
    async fn leave(&mut self, keep: usize) -> Result<(), RegisterError> {
        while self.written.len() > keep {
            let Some(id) = self.written.first().cloned() else { break };
            self.deregister(&id).await.map_err(RegisterError::registry)?;
            self.written.remove(0);
        }
        Ok(())
    }

    /// Tells the agent that the instance lives. It keeps that on its disk, so that an agent that starts again still knows.
    async fn beat(&mut self, id: &str) -> Result<(), ConsulError> {
        let path = format!("/v1/agent/check/update/{}", encode(&Body::check(id)));
        self.put_at(&path, r#"{"Status":"passing"}"#.to_owned()).await.map(drop)
    }
}

impl Lease for AgentLease {
    async fn put(&mut self, instance: &Instance) -> Result<(), RegisterError> {
        let body = Body::new(&self.client.access().service, self.ttl, instance)?;
        // Even if this is dropped half-way the entry may be there.
        self.written.retain(|id| *id != body.id);
        self.written.push(body.id.clone());
        let path = "/v1/agent/service/register?replace-existing-checks=true";
        self.put_at(path, body.json).await.map_err(RegisterError::registry)?;
        self.beat(&body.id).await.map_err(RegisterError::registry)?;
        self.leave(1).await
    }

    /// Any failure ends it: writing the entry anew does no harm, and is what an agent needs that has lost it.
    async fn keep(&mut self) -> RegisterError {
        let Some(id) = self.written.last().cloned() else {
            return RegisterError::registry("nothing is registered");
        };
        loop {
            sleep(self.ttl / 3).await;
            if let Err(error) = self.beat(&id).await {
                return RegisterError::registry(error);
            }
        }
    }

    async fn remove(&mut self) -> Result<(), RegisterError> {
        self.leave(0).await
    }
}
