//! A Kubernetes API server that knows `EndpointSlices` and nothing else, for want of a real one in Debian. Real kubectl lists, watches,
//! creates, patches and deletes slices at it (see the tests of `evenkeel-kubernetes`).

mod discovery;
mod faults;
mod objects;
mod query;
mod routes;
mod server;
mod status;
mod store;
mod watch;

pub use faults::Faults;
pub use objects::{EndpointState, endpoint, slice};

use crate::{Registry, free_ports};
use serde_json::Value;
use server::Running;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, atomic::Ordering::Relaxed},
};
use store::Store;

/// The fake. What is stored outlives [`kill`](Registry::kill).
#[derive(Debug)]
pub struct KubernetesFake {
    api: Arc<Api>,
    at: SocketAddr,
    tls: Option<Arc<rustls::ServerConfig>>,
    running: Option<Running>,
    /// What [`Registry`] put: addresses with their weights.
    put: BTreeMap<SocketAddr, u32>,
}

/// What all connections share.
#[derive(Debug, Default)]
struct Api {
    store: Mutex<Store>,
    faults: Mutex<Faults>,
    /// Wakes watches: something was stored, or a fault was set.
    news: tokio::sync::watch::Sender<()>,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    lists: std::sync::atomic::AtomicUsize,
    watches: std::sync::atomic::AtomicUsize,
    open: std::sync::atomic::AtomicUsize,
    connections: std::sync::atomic::AtomicUsize,
}

impl Api {
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap()
    }

    fn faults(&self) -> Faults {
        self.faults.lock().unwrap().clone()
    }
}

impl KubernetesFake {
    /// The namespace and the service that [`Registry`] edits; its port is named `grpc`.
    pub const SERVICE: (&str, &str) = ("default", "echo");

    /// Starts it in plain HTTP, as `kubectl proxy` is.
    pub async fn start() -> Self {
        Self::start_with(None).await
    }

    /// Starts it with TLS, as a real one is.
    pub async fn start_tls(tls: Arc<rustls::ServerConfig>) -> Self {
        Self::start_with(Some(tls)).await
    }

    async fn start_with(tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let [port] = free_ports();
        let at = SocketAddr::from(([127, 0, 0, 1], port));
        let mut fake = Self { api: Arc::default(), at, tls, running: None, put: BTreeMap::new() };
        fake.restart().await;
        fake
    }

    /// Its URL.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.at)
    }

    /// Creates a slice, or puts it in the place of the one with its name.
    pub fn apply(&self, slice: Value) {
        self.api.store().apply(slice).unwrap();
        self.api.news.send_replace(());
    }

    /// Deletes a slice.
    pub fn delete(&self, namespace: &str, name: &str) {
        self.api.store().delete(namespace, name).unwrap();
        self.api.news.send_replace(());
    }

    /// Forgets all changes that are past: a watch from before now is told 410.
    pub fn compact(&self) {
        self.api.store().compact();
    }

    /// Changes how it misbehaves.
    pub fn faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.api.faults.lock().unwrap());
        self.api.news.send_replace(());
    }

    /// How many first pages of lists were asked for, and how many watches, since it was made.
    pub fn asked(&self) -> (usize, usize) {
        (self.api.counts.lists.load(Relaxed), self.api.counts.watches.load(Relaxed))
    }

    /// How many connections are open, and how many there ever were.
    pub fn connections(&self) -> (usize, usize) {
        (self.api.counts.open.load(Relaxed), self.api.counts.connections.load(Relaxed))
    }

    /// The ports of a slice are all its endpoints', so there is a slice for each port and family.
    fn edit(&mut self, port: u16, is_v4: bool) {
        let (namespace, service) = Self::SERVICE;
        let name = format!("{service}-{}-{port}", if is_v4 { "v4" } else { "v6" });
        let here = self.put.iter().filter(|(at, _)| at.port() == port && at.is_ipv4() == is_v4);
        let endpoints: Vec<_> = here
            .map(|(at, weight)| {
                let state = if *weight == 0 { EndpointState::Draining } else { EndpointState::Ready };
                endpoint(&at.ip().to_string(), state)
            })
            .collect();
        if endpoints.is_empty() {
            self.delete(namespace, &name);
        } else {
            self.apply(slice(namespace, &name, service, &[("grpc", port)], &endpoints));
        }
    }
}

impl Registry for KubernetesFake {
    fn target(&self) -> String {
        let (namespace, service) = Self::SERVICE;
        format!("kubernetes:///{namespace}/{service}:grpc?server={}", self.url())
    }

    fn has_weights(&self) -> bool {
        false
    }

    /// 0 is an endpoint that terminates and still serves, anything else one that is ready. Where none is
    /// ready, those that terminate get calls.
    async fn put(&mut self, address: &str, weight: u32) {
        let at: SocketAddr = address.parse().unwrap();
        self.put.insert(at, weight);
        self.edit(at.port(), at.is_ipv4());
    }

    async fn remove(&mut self, address: &str) {
        let at: SocketAddr = address.parse().unwrap();
        self.put.remove(&at);
        self.edit(at.port(), at.is_ipv4());
    }

    fn kill(&mut self) {
        self.running = None;
    }

    async fn restart(&mut self) {
        self.running = Some(Running::start(self.at, self.api.clone(), self.tls.clone()).await);
    }
}
