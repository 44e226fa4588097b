//! Consul: the real one and a fake, with one face for the tests that both must pass.

mod api;
mod fake;
mod real;

pub use api::ConsulApi;
pub use fake::{ConsulFake, ConsulHabits, ConsulIndexHabit};
pub use real::Consul;

use crate::Registry;
use serde_json::{Value, json};

/// A Consul server, real or not.
pub trait ConsulServer: Registry + Sized {
    /// Starts one.
    fn start_with(options: ConsulOptions) -> impl Future<Output = Self> + Send;

    /// Its HTTP API, with all rights.
    fn api(&self) -> &ConsulApi;

    /// After a kill: starts it again on the same ports with nothing of what it knew.
    fn restart_empty(&mut self) -> impl Future<Output = ()> + Send;

    /// The target of a service, without a token.
    fn target_of(&self, service: &str) -> String {
        format!("consul://{}/{service}", self.api().authority())
    }
}

/// What a test wants of a Consul server.
#[derive(Debug, Clone, Copy, Default)]
pub struct ConsulOptions {
    /// Whether access is controlled: then only [`TOKEN`](Self::TOKEN) may do anything.
    pub acl: bool,
    /// Whether it listens on `::1` and not on `127.0.0.1`.
    pub ipv6: bool,
}

impl ConsulOptions {
    /// The token with all rights.
    pub const TOKEN: &str = "5ec4e700-0000-4000-8000-000000000001";
}

/// The service of [`Registry`]'s methods.
const SERVICE: &str = "echo";

/// What registers an entry without checks under its address as id; weights that Consul does not take go into the metadata.
fn entry(address: &str, weight: u32) -> Value {
    let (host, port) = address.rsplit_once(':').unwrap();
    let passing = weight.clamp(1, 65_535);
    let meta = if passing == weight { json!({}) } else { json!({"evenkeel-weight": weight.to_string()}) };
    json!({
        "ID": address,
        "Name": SERVICE,
        "Address": host.trim_matches(['[', ']']),
        "Port": port.parse::<u16>().unwrap(),
        "Weights": {"Passing": passing, "Warning": 1},
        "Meta": meta,
    })
}
