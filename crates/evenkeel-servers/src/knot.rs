use crate::{Folder, Process, Registry, free_ports};
use std::{collections::BTreeMap, net::SocketAddr, path::Path, process::Stdio, time::Duration};
use tokio::{io::AsyncWriteExt, net::UdpSocket, process::Command, time::timeout};

/// Knot, an authoritative DNS server, with the zone `test.`: SRV records of `_echo._tcp.test.` as a registry, and whatever else a test
/// puts there with [`update`](Self::update). All TTLs, those of absence too, are one second unless an update says otherwise.
#[derive(Debug)]
pub struct Knot {
    folder: Folder,
    port: u16,
    process: Option<Process>,
    /// The weight of each `IP:PORT`.
    services: BTreeMap<SocketAddr, u32>,
}

const SERVICE: &str = "_echo._tcp.test.";

/// A question for the start of authority of `test.` (RFC 1035 section 4.1).
const QUESTION: &[u8] = b"\x12\x34\0\0\0\x01\0\0\0\0\0\0\x04test\0\0\x06\0\x01";

impl Knot {
    /// Starts it and waits until it answers.
    pub async fn start() -> Self {
        let [port] = free_ports();
        let folder = Folder::new("knot");
        folder.file("knot.conf", &configuration(port, folder.path()));
        let mut knot = Self { folder, port, process: None, services: BTreeMap::new() };
        knot.restart().await;
        knot
    }

    /// Where it listens, over UDP and TCP.
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Changes the zone by one DNS UPDATE (RFC 2136): lines such as `add a.test. 1 A 10.0.0.1` and `del a.test. A`. A restart loses
    /// what is not the registry's.
    ///
    /// # Panics
    /// It is refused.
    pub async fn update(&self, lines: &str) {
        let script = format!("server 127.0.0.1 {}\nzone test.\n{lines}\nsend\n", self.port);
        let child = Command::new("knsupdate")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let mut child = child.unwrap_or_else(|error| panic!("knsupdate: {error}: run ci/servers"));
        let mut input = child.stdin.take().unwrap();
        input.write_all(script.as_bytes()).await.unwrap();
        drop(input);
        let output = child.wait_with_output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !said.contains("failed"), "{script}{said}");
    }

    async fn publish(&self) {
        self.update(&format!("del {SERVICE} SRV\n{}", self.records("add "))).await;
    }

    /// The records of the registry, each target a name of its own.
    fn records(&self, prefix: &str) -> String {
        let record = |(address, weight): (&SocketAddr, &u32)| {
            let (port, ip) = (address.port(), address.ip());
            let kind = if ip.is_ipv4() { "A" } else { "AAAA" };
            let host = format!("h{}.test.", ip.to_string().replace(['.', ':'], "-"));
            format!("{prefix}{SERVICE} 1 SRV 0 {weight} {port} {host}\n{prefix}{host} 1 {kind} {ip}\n")
        };
        self.services.iter().map(record).collect()
    }
}

impl Registry for Knot {
    fn target(&self) -> String {
        format!("srv:///{}?server={}&min_ttl=1s", SERVICE.trim_end_matches('.'), self.address())
    }

    /// A TTL of one second, and a tenth of jitter on it.
    fn slack(&self) -> Duration {
        Duration::from_millis(1200)
    }

    async fn put(&mut self, address: &str, weight: u32) {
        self.services.insert(address.parse().unwrap(), weight);
        self.publish().await;
    }

    async fn remove(&mut self, address: &str) {
        self.services.remove(&address.parse().unwrap());
        self.publish().await;
    }

    fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    async fn restart(&mut self) {
        self.kill();
        let zone = "@ 1 SOA ns hostmaster 1 3600 600 86400 1\n@ 1 NS ns\nns 1 A 127.0.0.1\n";
        self.folder.file("test.zone", &format!("$ORIGIN test.\n{zone}{}", self.records("")));
        let arguments = ["-c", "knot.conf"].map(str::to_owned);
        let mut process = Process::start(Path::new("knotd"), &arguments, self.folder.path());
        let server = self.address();
        process.becomes(|| answers(server)).await;
        self.process = Some(process);
    }
}

/// Whether the zone is served, which is a moment after the port is open.
async fn answers(server: SocketAddr) -> bool {
    let asked = async {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        socket.connect(server).await?;
        socket.send(QUESTION).await?;
        // The response code is the low half of the fourth byte.
        let mut answer = [0_u8; 512];
        socket.recv(&mut answer).await?;
        std::io::Result::Ok(answer[3] % 16 == 0)
    };
    timeout(Duration::from_millis(200), asked).await.is_ok_and(Result::unwrap_or_default)
}

fn configuration(port: u16, folder: &Path) -> String {
    let folder = folder.display();
    format!(
        r#"
server:
    listen: 127.0.0.1@{port}
    rundir: "{folder}"
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
control:
    listen: "{folder}/knot.sock"
database:
    storage: "{folder}"
log:
  - target: stdout
    any: info
acl:
  - id: loopback
    address: 127.0.0.0/8
    action: update
zone:
  - domain: test.
    storage: "{folder}"
    file: test.zone
    acl: loopback
    zonefile-sync: -1
    journal-content: none
"#
    )
}
