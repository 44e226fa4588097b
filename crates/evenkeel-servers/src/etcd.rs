use crate::{Folder, Process, Registry, free_ports};
use std::{
    future::ready,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// An etcd, alone or as one member of a cluster. What it knows outlives its process.
#[derive(Debug)]
pub struct Etcd {
    folder: Folder,
    port: u16,
    arguments: Vec<String>,
    process: Option<Process>,
    tls: Option<Certificates>,
    /// `USER:PASSWORD`, once authentication is on.
    user: Option<String>,
}

/// PEM files: who is trusted, and a certificate for `127.0.0.1` that both sides show.
#[derive(Debug, Clone)]
pub struct Certificates {
    pub ca: PathBuf,
    pub cert: PathBuf,
    pub key: PathBuf,
}

impl Etcd {
    /// One that is alone.
    pub async fn start() -> Self {
        Self::start_one(None, &[]).await
    }

    /// One that is alone, with further flags.
    pub async fn start_with(flags: &[String]) -> Self {
        Self::start_one(None, flags).await
    }

    /// One that talks TLS to its clients, and asks for their certificates.
    pub async fn start_with_tls(certificates: Certificates) -> Self {
        Self::start_one(Some(certificates), &[]).await
    }

    async fn start_one(tls: Option<Certificates>, flags: &[String]) -> Self {
        let [port, peer] = free_ports();
        let mut one = Self::member("n0", port, peer, &format!("n0=http://127.0.0.1:{peer}"), tls);
        one.arguments.extend_from_slice(flags);
        one.restart().await;
        one
    }

    /// Three that are one cluster.
    pub async fn start_cluster() -> [Self; 3] {
        let (ports, peers) = (free_ports::<3>(), free_ports::<3>());
        let cluster: Vec<_> =
            peers.iter().enumerate().map(|(n, peer)| format!("n{n}=http://127.0.0.1:{peer}")).collect();
        let cluster = cluster.join(",");
        let mut members =
            [0, 1, 2].map(|n| Self::member(&format!("n{n}"), ports[n], peers[n], &cluster, None));
        // None of them answers before there are two.
        members.iter_mut().for_each(Self::launch);
        for member in &mut members {
            member.answers().await;
        }
        members
    }

    fn member(name: &str, port: u16, peer: u16, cluster: &str, tls: Option<Certificates>) -> Self {
        let folder = Folder::new("etcd");
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (client, peer) = (format!("{scheme}://127.0.0.1:{port}"), format!("http://127.0.0.1:{peer}"));
        let data = folder.path().join("data").display().to_string();
        let mut arguments = Vec::new();
        let mut set = |flag: &str, value: &str| arguments.push(format!("--{flag}={value}"));
        set("name", name);
        set("data-dir", &data);
        set("listen-client-urls", &client);
        set("advertise-client-urls", &client);
        set("listen-peer-urls", &peer);
        set("initial-advertise-peer-urls", &peer);
        set("initial-cluster", cluster);
        if let Some(tls) = &tls {
            set("client-cert-auth", "true");
            set("trusted-ca-file", &tls.ca.display().to_string());
            set("cert-file", &tls.cert.display().to_string());
            set("key-file", &tls.key.display().to_string());
        }
        Self { folder, port, arguments, process: None, tls, user: None }
    }

    fn launch(&mut self) {
        self.process = Some(Process::start(Path::new("etcd"), &self.arguments, self.folder.path()));
    }

    async fn answers(&mut self) {
        let (mut process, port) = (self.process.take().unwrap(), self.port);
        process.accepts(port).await;
        process.becomes(|| ready(self.run(&["get", "x"], "").status.success())).await;
        self.process = Some(process);
    }

    /// The port of its clients.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.as_ref().unwrap().id()
    }

    /// Turns authentication on, with the user `root`.
    pub fn require_password(&mut self, password: &str) {
        self.ctl(&["user", "add", &format!("root:{password}")]);
        self.ctl(&["user", "grant-role", "root", "root"]);
        self.ctl(&["auth", "enable"]);
        self.user = Some(format!("root:{password}"));
    }

    /// Runs `etcdctl` and yields what it printed.
    pub fn ctl(&self, arguments: &[&str]) -> String {
        self.ctl_with(arguments, "")
    }

    fn ctl_with(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        assert!(
            output.status.success(),
            "etcdctl {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new("etcdctl");
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        command.env("ETCDCTL_API", "3").arg(format!("--endpoints={scheme}://127.0.0.1:{}", self.port));
        if let Some(tls) = &self.tls {
            command.arg("--cacert").arg(&tls.ca).arg("--cert").arg(&tls.cert).arg("--key").arg(&tls.key);
        }
        if let Some(user) = &self.user {
            command.args(["--user", user]);
        }
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let missing = |error| panic!("etcdctl is not installed, run ci/servers: {error}");
        let mut child = command.spawn().unwrap_or_else(missing);
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Writes a key with any value.
    pub fn put_value(&self, key: &str, value: &str) {
        self.ctl_with(&["put", key], value);
    }

    /// Writes many keys, 100 at once; keys and values have no quotes in them.
    pub fn put_values(&self, values: &[(String, String)]) {
        for chunk in values.chunks(100) {
            let puts: Vec<_> = chunk.iter().map(|(key, value)| format!("put {key} {value}")).collect();
            // No conditions, these orders, none otherwise.
            self.ctl_with(&["txn"], &format!("\n{}\n\n\n", puts.join("\n")));
        }
    }

    /// Forgets all but the newest revision.
    pub fn compact(&self) {
        let status = self.ctl(&["get", "x", "-w", "fields"]);
        let line = status.lines().find(|line| line.starts_with("\"Revision\"")).unwrap();
        self.ctl(&["compact", line.rsplit(' ').next().unwrap()]);
    }

    fn key(address: &str) -> String {
        format!("/services/echo/{address}")
    }
}

impl Registry for Etcd {
    fn target(&self) -> String {
        format!("etcd://127.0.0.1:{}/services/echo", self.port)
    }

    async fn put(&mut self, address: &str, weight: u32) {
        self.put_value(&Self::key(address), &format!(r#"{{"address":"{address}","weight":{weight}}}"#));
    }

    async fn remove(&mut self, address: &str) {
        self.ctl(&["del", &Self::key(address)]);
    }

    fn kill(&mut self) {
        self.process.take().unwrap().kill();
    }

    async fn restart(&mut self) {
        self.launch();
        self.answers().await;
    }
}
