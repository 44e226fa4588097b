use super::DemoError;
use rustix::process::{Pid, Signal, kill_process};
use std::{env, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// How long a server may take to come up.
const UP: Duration = Duration::from_secs(10);
/// How long a server that is told to stop may take: it gives calls in flight 10 s.
const DOWN: Duration = Duration::from_secs(12);

/// `keel echo` in a process of its own, which ends with this value.
#[derive(Debug)]
pub(super) struct Server {
    address: String,
    child: Child,
}

impl Server {
    /// Starts one, and waits until it accepts connections. It takes 5 ms for an answer, so that calls are in flight.
    pub(super) async fn start(listen: &str) -> Result<Self, DemoError> {
        let program = env::current_exe().map_err(DemoError::Start)?;
        let mut child = Command::new(program)
            .args(["echo", "--delay", "5ms", "--listen", listen])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(DemoError::Start)?;
        let mut lines = BufReader::new(child.stdout.take().ok_or(DemoError::Silent)?).lines();
        match timeout(UP, lines.next_line()).await {
            Ok(Ok(Some(line))) => {
                let address = line.strip_prefix("listening on ").ok_or(DemoError::Silent)?.to_owned();
                Ok(Self { address, child })
            }
            _ => Err(DemoError::Silent),
        }
    }

    /// Where it listens.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Stops it with SIGTERM, and waits for its end.
    pub(super) async fn stop(&mut self) -> Result<(), DemoError> {
        let pid = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(pid) = pid {
            kill_process(pid, Signal::TERM).map_err(|error| DemoError::Stop(error.into()))?;
        }
        match timeout(DOWN, self.child.wait()).await {
            Ok(ended) => ended.map(|_| ()).map_err(DemoError::Stop),
            Err(_) => Err(DemoError::Deaf(DOWN)),
        }
    }

    /// Kills it outright, and waits for its end.
    pub(super) async fn kill(&mut self) -> Result<(), DemoError> {
        self.child.kill().await.map_err(DemoError::Stop)
    }

    /// Starts it again, on the same port.
    pub(super) async fn start_again(&mut self) -> Result<(), DemoError> {
        *self = Self::start(&self.address).await?;
        Ok(())
    }
}
