use std::{
    fs::File,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep},
};

/// A server process. It is killed when dropped, and by the kernel when the thread that started it ends, so that not even a test that is
/// killed leaves one behind.
#[derive(Debug)]
pub struct Process {
    child: Child,
    name: String,
    log: std::path::PathBuf,
}

impl Process {
    /// Starts a program with its output in a log file of `folder`.
    ///
    /// # Panics
    /// The program is not installed: run `ci/servers`.
    pub fn start(program: &Path, arguments: &[String], folder: &Path) -> Self {
        let name = program.file_name().unwrap().to_string_lossy().into_owned();
        let missing = || panic!("{} is not installed: run ci/servers", program.display());
        let found = if program.components().count() > 1 {
            program.exists()
        } else {
            let path = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&path)
                .chain(["/usr/sbin", "/sbin"].map(Into::into))
                .any(|folder| folder.join(program).exists())
        };
        if !found {
            missing();
        }
        let log = folder.join(format!("{name}.log"));
        let output = File::options().create(true).append(true).open(&log).unwrap();
        let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL"])
            .arg(program)
            .args(arguments)
            .env("PATH", path)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap_or_else(|error| panic!("setpriv (package util-linux): {error}"));
        Self { child, name, log }
    }

    /// Waits until it accepts connections on a loopback port.
    pub async fn accepts(&mut self, port: u16) {
        self.becomes(|| async move { TcpStream::connect(("127.0.0.1", port)).await.is_ok() }).await;
    }

    /// Waits until `ready` is true, at most half a minute.
    ///
    /// # Panics
    /// It is not, or the process has ended; the panic shows its log.
    pub async fn becomes<F: Future<Output = bool>>(&mut self, ready: impl Fn() -> F) {
        let end = Instant::now() + Duration::from_secs(30);
        while !ready().await {
            let ended = self.child.try_wait().unwrap();
            if ended.is_some() || Instant::now() > end {
                let log = std::fs::read_to_string(&self.log).unwrap_or_default();
                panic!("{} did not start ({ended:?}); its log:\n{log}", self.name);
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it outright and waits for its end.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
