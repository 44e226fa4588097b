use super::{ConsulApi, ConsulOptions, ConsulServer, SERVICE, entry};
use crate::{Folder, Process, Registry, free_ports};
use serde_json::json;
use std::path::{Path, PathBuf};

/// A real Consul: a server of one node that keeps what it knows on its disk, and is its own agent.
#[derive(Debug)]
pub struct Consul {
    /// Ended before its folder goes.
    process: Option<Process>,
    folder: Folder,
    options: ConsulOptions,
    ports: [u16; 4],
    api: ConsulApi,
}

/// What `ci/consul` lays down for the tests.
fn installed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.servers").join(name)
}

impl Consul {
    /// Whether there is one here. Where `ci/servers` could get none, this says so and the caller has the fake alone.
    ///
    /// # Panics
    /// `ci/servers` has not run.
    #[expect(clippy::print_stdout, reason = "a test that runs in part says so")]
    pub fn is_installed() -> bool {
        let marker = std::fs::read_to_string(installed("consul.txt")).unwrap_or_default();
        match marker.trim() {
            "real" => true,
            "fake only" => {
                println!("real Consul not installed: run against the fake only");
                false
            }
            _ => panic!("it is not known whether Consul is installed: run ci/servers"),
        }
    }

    /// Starts one without access control.
    pub async fn start() -> Self {
        Self::start_with(ConsulOptions::default()).await
    }

    async fn run(&mut self) {
        let data = self.folder.path().join("data");
        let [http, lan, wan, server] = self.ports;
        let config = json!({
            "server": true,
            "bootstrap_expect": 1,
            "node_name": "node",
            "data_dir": data,
            "bind_addr": "127.0.0.1",
            "client_addr": if self.options.ipv6 { "::1" } else { "127.0.0.1" },
            "ports": {"http": http, "serf_lan": lan, "serf_wan": wan, "server": server, "dns": -1, "grpc": -1},
            // The shortest times of the election.
            "performance": {"raft_multiplier": 1},
            "disable_update_check": true,
            "primary_datacenter": "dc1",
            "acl": {
                "enabled": self.options.acl,
                "default_policy": "deny",
                "tokens": {"master": ConsulOptions::TOKEN, "agent": ConsulOptions::TOKEN},
            },
        });
        let config = self.folder.file("consul.json", &config.to_string());
        let arguments = ["agent", "-config-file", &config.to_string_lossy()].map(str::to_owned);
        let mut process = Process::start(&installed("consul"), &arguments, self.folder.path());
        // The server is a service of its own, which is seen once there is a leader and the agent has synchronised with it.
        let api = self.api.clone();
        let ready = move || {
            let api = api.clone();
            async move {
                let path = "/v1/health/service/consul?passing=true";
                let answer = api.ask(http::Method::GET, path, String::new()).await;
                answer.is_some_and(|(status, text)| status == 200 && text.contains("\"Node\""))
            }
        };
        process.becomes(ready).await;
        self.process = Some(process);
    }
}

impl ConsulServer for Consul {
    async fn start_with(options: ConsulOptions) -> Self {
        let ports = free_ports();
        let host = if options.ipv6 { "[::1]" } else { "127.0.0.1" };
        let token = options.acl.then(|| ConsulOptions::TOKEN.to_owned());
        let api = ConsulApi::new(format!("{host}:{}", ports[0]), token);
        let mut consul = Self { process: None, folder: Folder::new("consul"), options, ports, api };
        consul.run().await;
        consul
    }

    fn api(&self) -> &ConsulApi {
        &self.api
    }

    async fn restart_empty(&mut self) {
        std::fs::remove_dir_all(self.folder.path().join("data")).unwrap();
        self.run().await;
    }
}

impl Registry for Consul {
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
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    async fn restart(&mut self) {
        self.run().await;
    }
}
