//! How the server misbehaves: slow, stalled, failing.

use std::str::FromStr;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tonic::{Code, Status};

use super::EchoArgs;
use crate::duration::{self, DurationError};

/// The faults that were asked for, shared by all calls.
#[derive(Clone, Debug)]
pub(super) struct Faults {
    delay: Duration,
    jitter: Duration,
    pause: Option<Pause>,
    fail_rate: f64,
    fail_code: Code,
    started: Instant,
}

impl Faults {
    pub(super) fn new(args: &EchoArgs) -> Self {
        Self {
            delay: args.delay,
            jitter: args.jitter,
            pause: args.pause,
            fail_rate: args.fail_rate,
            fail_code: args.fail_code,
            started: Instant::now(),
        }
    }

    /// Whether answers ever have to wait.
    pub(super) fn are_slow(&self) -> bool {
        self.pause.is_some() || !(self.delay + self.jitter).is_zero()
    }

    /// Waits as long as an answer that could be given now has to.
    pub(super) async fn wait(&self) {
        let delay = self.delay + self.jitter.mul_f64(fastrand::f64());
        if !delay.is_zero() {
            sleep(delay).await;
        }
        if let Some(stall) = self.pause.and_then(|pause| pause.remaining(self.started.elapsed())) {
            sleep(stall).await;
        }
    }

    /// The status that this call has to fail with, if it is one of those that fail.
    pub(super) fn failure(&self) -> Option<Status> {
        (fastrand::f64() < self.fail_rate).then(|| Status::new(self.fail_code, "failed on purpose"))
    }
}

/// A stall of all answers for `length` at the end of every `period`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pause {
    length: Duration,
    period: Duration,
}

/// Why a text is not a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PauseError {
    /// There is no slash.
    #[error("write LENGTH/PERIOD, as in 500ms/5s")]
    Form,
    /// One of the two is not a time.
    #[error(transparent)]
    Time(#[from] DurationError),
    /// The pause would never end.
    #[error("the length must be shorter than the period")]
    Endless,
}

impl Pause {
    /// What is left, at this age of the server, of the stall that is on.
    fn remaining(self, age: Duration) -> Option<Duration> {
        let period = self.period.as_nanos();
        let left = period - age.as_nanos() % period;
        let left = Duration::from_nanos(u64::try_from(left).ok()?);
        (left <= self.length).then_some(left)
    }
}

impl FromStr for Pause {
    type Err = PauseError;

    fn from_str(text: &str) -> Result<Self, PauseError> {
        let (length, period) = text.split_once('/').ok_or(PauseError::Form)?;
        let pause = Self { length: duration::parse(length)?, period: duration::parse(period)? };
        if pause.length < pause.period { Ok(pause) } else { Err(PauseError::Endless) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_a_length_and_a_longer_period() {
        let pause = Pause { length: Duration::from_millis(500), period: Duration::from_secs(5) };
        assert_eq!("500ms/5s".parse(), Ok(pause));
        assert_eq!("5s".parse::<Pause>(), Err(PauseError::Form));
        assert_eq!("x/5s".parse::<Pause>(), Err(PauseError::Time(DurationError::Number)));
        for text in ["5s/5s", "6s/5s", "0/0"] {
            assert_eq!(text.parse::<Pause>(), Err(PauseError::Endless), "{text}");
        }
    }

    #[test]
    fn answers_stall_until_the_end_of_each_period() {
        let pause: Pause = "500ms/5s".parse().expect("a pause");
        let remaining = |millis| pause.remaining(Duration::from_millis(millis)).map(|left| left.as_millis());
        assert_eq!([0, 4499, 4500, 4999, 5000].map(remaining), [None, None, Some(500), Some(1), None]);
        assert_eq!(remaining(1_000_004_750), Some(250));
        let none: Pause = "0/5s".parse().expect("a pause of no length");
        assert_eq!(none.remaining(Duration::from_secs(5)), None);
    }
}
