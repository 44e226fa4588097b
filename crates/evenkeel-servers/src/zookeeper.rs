use crate::{Folder, Process, Registry, free_ports};
use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use zookeeper_client::{Acls, Client, CreateMode, Error};

/// One ZooKeeper server (Debian: libzookeeper-java) whose sessions may be as short as a second.
#[derive(Debug)]
pub struct Zookeeper {
    folder: Folder,
    port: u16,
    process: Option<Process>,
    control: Option<Client>,
}

/// Where the service is.
const SERVICE: &str = "/services/echo";
/// Where Debian has its program, which names all others that it needs; `ci/servers` installs it.
const JAR: &str = "/usr/share/java/zookeeper.jar";

impl Zookeeper {
    /// Starts one with nothing in it.
    pub async fn start() -> Self {
        assert!(Path::new(JAR).exists(), "{JAR} is not installed: run ci/servers");
        let [port] = free_ports();
        let folder = Folder::new("zookeeper");
        let data = folder.path().display();
        // A tick is the least unit of a session's time-out, which is in 2..=20 of them unless the last two lines say more.
        let config = format!(
            "tickTime=500\ndataDir={data}\nclientPort={port}\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n\
             4lw.commands.whitelist=*\nmaxClientCnxns=0\nminSessionTimeout=500\nmaxSessionTimeout=60000\n"
        );
        folder.file("zoo.cfg", &config);
        let mut server = Self { folder, port, process: None, control: None };
        server.restart().await;
        server
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A client of its own, which reconnects after a restart.
    ///
    /// # Panics
    /// It was never started.
    pub fn control(&self) -> &Client {
        self.control.as_ref().unwrap()
    }

    /// Writes the data of a node; makes it, and those above it, where they are not there.
    pub async fn write(&self, path: &str, data: &[u8]) {
        let open = CreateMode::Persistent.with_acls(Acls::anyone_all());
        let control = self.control();
        let (parent, _) = path.rsplit_once('/').unwrap();
        if !parent.is_empty() {
            control.mkdir(parent, &open).await.unwrap();
        }
        match control.create(path, data, &open).await {
            Err(Error::NodeExists) => drop(control.set_data(path, data, None).await.unwrap()),
            created => drop(created.unwrap()),
        }
    }

    /// How many sessions it has, this one's control client's included.
    pub async fn sessions(&self) -> usize {
        let dump = ask(self.port, "dump").await.unwrap();
        let sessions = dump.lines().take_while(|line| !line.starts_with("ephemeral"));
        sessions.filter(|line| line.trim().starts_with("0x")).count()
    }

    async fn connect(&self) -> Client {
        let connector = Client::connector().with_session_timeout(Duration::from_secs(60));
        connector.connect(&format!("127.0.0.1:{}", self.port)).await.unwrap()
    }

    fn node(address: &str) -> String {
        format!("{SERVICE}/{address}")
    }
}

impl Registry for Zookeeper {
    fn target(&self) -> String {
        format!("zookeeper://127.0.0.1:{}{SERVICE}", self.port)
    }

    async fn put(&mut self, address: &str, weight: u32) {
        let record = format!(r#"{{"address":"{address}","weight":{weight}}}"#);
        self.write(&Self::node(address), record.as_bytes()).await;
    }

    async fn remove(&mut self, address: &str) {
        match self.control().delete(&Self::node(address), None).await {
            Ok(()) | Err(Error::NoNode) => {}
            Err(error) => panic!("{error}"),
        }
    }

    fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    async fn restart(&mut self) {
        let config = self.folder.path().join("zoo.cfg").display().to_string();
        let main = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
        // What is written survives the process without being forced to the disk, and a log begins small (KiB).
        let java = [
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dzookeeper.forceSync=no",
            "-Dzookeeper.preAllocSize=1024",
        ];
        let arguments: Vec<String> =
            java.into_iter().chain(["-cp", JAR, main, &config]).map(str::to_owned).collect();
        let mut process = Process::start(&PathBuf::from("java"), &arguments, self.folder.path());
        let port = self.port;
        process.becomes(move || serves(port)).await;
        self.process = Some(process);
        // The session of the one before may have ended with a long kill.
        self.control = Some(self.connect().await);
    }
}

/// The answer to a command of four letters. While it starts the server may keep a connection without a word.
async fn ask(port: u16, command: &str) -> std::io::Result<String> {
    let answer = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(command.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    };
    timeout(Duration::from_secs(1), answer).await.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
}

async fn serves(port: u16) -> bool {
    ask(port, "srvr").await.is_ok_and(|answer| answer.contains("Mode:"))
}
