use std::{
    fs::{self, DirEntry},
    io,
    path::PathBuf,
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{self, ChildStdin, Command},
};

/// A server in a process of its own. It ends with its standard input, so at the latest with this process.
#[derive(Debug)]
pub(crate) struct Child {
    process: process::Child,
    _input: ChildStdin,
    pub(crate) address: String,
}

impl Child {
    /// Starts it and waits for the line that tells its address.
    pub(crate) async fn start(command: &mut Command) -> Self {
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let input = process.stdin.take().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = loop {
            let line = tokio::time::timeout(Duration::from_secs(20), lines.next_line()).await;
            let line =
                line.expect("the server starts in time").unwrap().expect("the server says where it listens");
            if let Some((_, address)) = line.split_once("listening on ") {
                break address.to_owned();
            }
        };
        Self { process, _input: input, address }
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.process.start_kill().unwrap();
    }

    /// SIGSTOP, and until it has stopped with all its threads.
    pub(crate) async fn freeze(&self) {
        self.signal("STOP").await;
        let threads = format!("/proc/{}/task", self.process.id().expect("it has not ended"));
        let stopped = |thread: io::Result<DirEntry>| {
            let stat = fs::read_to_string(thread.unwrap().path().join("stat")).unwrap();
            stat.rsplit_once(") ").unwrap().1.starts_with('T')
        };
        while !fs::read_dir(&threads).unwrap().all(stopped) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// SIGTERM.
    pub(crate) async fn terminate(&self) {
        self.signal("TERM").await;
    }

    async fn signal(&self, name: &str) {
        let id = self.process.id().expect("it has not ended").to_string();
        // The shell's own `kill`: not every machine has the program.
        let sent =
            Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &id]).status().await.unwrap();
        assert!(sent.success());
    }
}

/// The interpreter of the tests' Python environment.
pub(crate) fn python(script: &str) -> Command {
    let crate_root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let interpreter = crate_root.join("../../.venv/bin/python");
    assert!(interpreter.exists(), "no Python environment with grpcio in .venv: run ci/test");
    let mut command = Command::new(interpreter);
    command.arg(crate_root.join("tests/real_servers").join(script));
    command
}
