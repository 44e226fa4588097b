//! A fake Consul, faithful to the part of the HTTP API that discovery and registration use.
//!
//! It runs in the test's own runtime, so it goes by virtual time where the test does; and it can be made to misbehave.

mod health;
mod knobs;
mod routes;
mod rules;
mod server;
mod state;
mod times;

pub use knobs::{ConsulHabits, ConsulIndexHabit};

use super::{ConsulApi, ConsulOptions, ConsulServer, SERVICE, entry};
use crate::{Registry, free_ports};
use server::Shared;
use std::{net::SocketAddr, sync::Arc};
use tokio::task::JoinHandle;

/// A fake Consul.
#[derive(Debug)]
pub struct ConsulFake {
    address: SocketAddr,
    api: ConsulApi,
    shared: Arc<Shared>,
    task: Option<JoinHandle<()>>,
    /// The task of a server that was killed, until its port is known to be free.
    ended: Option<JoinHandle<()>>,
}

impl ConsulFake {
    /// Starts one without access control.
    pub async fn start() -> Self {
        Self::start_with(ConsulOptions::default()).await
    }

    async fn run(&mut self) {
        if let Some(ended) = self.ended.take() {
            let _ = ended.await;
        }
        let listener = tokio::net::TcpListener::bind(self.address).await.unwrap();
        self.task = Some(tokio::spawn(server::serve(listener, self.shared.clone())));
    }
}

impl ConsulServer for ConsulFake {
    async fn start_with(options: ConsulOptions) -> Self {
        let [port] = free_ports();
        let host = if options.ipv6 { "[::1]" } else { "127.0.0.1" };
        let authority = format!("{host}:{port}");
        let token = options.acl.then(|| ConsulOptions::TOKEN.to_owned());
        let mut fake = Self {
            address: authority.parse().unwrap(),
            api: ConsulApi::new(authority, token),
            shared: Arc::new(Shared::new(options.acl)),
            task: None,
            ended: None,
        };
        fake.run().await;
        fake
    }

    fn api(&self) -> &ConsulApi {
        &self.api
    }

    async fn restart_empty(&mut self) {
        self.shared.change(|state| *state = state::State::new());
        self.run().await;
    }
}

impl Registry for ConsulFake {
    fn target(&self) -> String {
        self.target_of(SERVICE)
    }

    async fn put(&mut self, address: &str, weight: u32) {
        self.api.register(&entry(address, weight)).await;
    }

    async fn remove(&mut self, address: &str) {
        self.api.deregister(address).await;
    }

    fn kill(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            self.ended = Some(task);
        }
    }

    async fn restart(&mut self) {
        self.shared.change(state::State::reload);
        self.run().await;
    }
}

impl Drop for ConsulFake {
    fn drop(&mut self) {
        self.kill();
    }
}
