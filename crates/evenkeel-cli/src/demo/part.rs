use super::{
    DemoError,
    callers::{Callers, Record},
    server::Server,
};
use crate::call::Template;
use evenkeel::{Channel, core::Code};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// How long calls run before and after each event.
const BREATH: Duration = Duration::from_millis(400);
/// How long the server may take to get calls again: the second try to connect comes after about 1 s.
const BACK: Duration = Duration::from_secs(10);
/// How long after the end of a process its connections may be seen to be lost.
const SEEN: Duration = Duration::from_millis(500);

/// How a server goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// By SIGTERM: it sends GOAWAY and finishes its calls.
    Stopped,
    /// By SIGKILL.
    Killed,
}

/// Calls while a server goes and comes back.
#[derive(Debug)]
pub(super) struct Part {
    how: How,
    calls: usize,
    failed: usize,
    in_flight: usize,
    /// Failures that should not be.
    unexplained: usize,
}

impl Part {
    /// What stands above the lines.
    pub(super) const HEAD: &str = "8 callers without a pause, while server 1 goes and comes back:\n\n                         calls  failed  in flight on it when it went\n";

    /// Plays one part.
    pub(super) async fn play(
        how: How,
        channel: &Channel,
        template: &Arc<Template>,
        server: &mut Server,
    ) -> Result<Self, DemoError> {
        let callers = Callers::start(channel, template);
        sleep(BREATH).await;
        let asked = Instant::now();
        match how {
            How::Stopped => server.stop().await?,
            How::Killed => server.kill().await?,
        }
        let down = Instant::now();
        sleep(BREATH).await;
        server.start_again().await?;
        let again = Instant::now();
        while !callers.answered(server.address(), again) {
            if again.elapsed() > BACK {
                return Err(DemoError::NotBack(BACK));
            }
            sleep(Duration::from_millis(20)).await;
        }
        sleep(BREATH).await;
        Ok(Self::of(how, &callers.finish().await, server.address(), asked, down))
    }

    /// When a connection is lost, all calls on it fail in that instant, and later ones go elsewhere: that is when it went.
    fn of(how: How, records: &[Record], server: &str, asked: Instant, down: Instant) -> Self {
        let failed: Vec<&Record> = records.iter().filter(|record| !record.is_ok()).collect();
        let lost = failed.iter().map(|record| record.ended).min().unwrap_or(asked);
        let on_it = |record: &&Record| record.is_on(server) && record.is_in_flight(lost);
        let explained = |record: &&&Record| {
            how == How::Killed && on_it(record) && record.code == Code::Unavailable && lost < down + SEEN
        };
        Self {
            how,
            calls: records.len(),
            failed: failed.len(),
            in_flight: records.iter().filter(on_it).count(),
            unexplained: failed.len() - failed.iter().filter(explained).count(),
        }
    }

    /// What went wrong that should not.
    pub(super) fn problem(&self) -> Option<String> {
        let what = match self.how {
            How::Stopped => "though the server was only stopped",
            How::Killed => "though they were not in flight on the killed server, or not as UNAVAILABLE",
        };
        (self.unexplained > 0).then(|| format!("{} calls failed, {what}", self.unexplained))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { how, calls, failed, in_flight, .. } = self;
        let what = match how {
            How::Stopped => "stopped with SIGTERM",
            How::Killed => "killed with SIGKILL",
        };
        let fate = match failed {
            0 => "all answered",
            _ if failed == in_flight => "lost as UNAVAILABLE",
            _ => "some lost as UNAVAILABLE",
        };
        writeln!(f, "  {what:<20}  {calls:>6}  {failed:>6}  {in_flight}, {fate}")
    }
}
