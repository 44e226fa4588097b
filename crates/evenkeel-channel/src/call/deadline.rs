use http::{HeaderMap, HeaderValue};
use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::time::{Sleep, sleep_until};

/// The header that carries the time a call has (gRPC over HTTP/2).
pub(super) const GRPC_TIMEOUT: &str = "grpc-timeout";

/// How far apart two timers of 1 ms for one deadline may fire, on either side.
const TIMER_GRAIN: Duration = Duration::from_millis(2);

/// When a call must have ended.
#[derive(Debug)]
pub(super) struct Deadline {
    after: Duration,
    at: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Deadline {
    pub(super) fn new(after: Duration, now: Instant) -> Self {
        // A timeout of centuries is none; tokio's timers end about there.
        let after = after.min(Duration::from_secs(10 * 365 * 24 * 3600));
        let at = now + after;
        Self { after, at, timer: Box::pin(sleep_until(at.into())) }
    }

    /// The time that the call had in all.
    pub(super) fn after(&self) -> Duration {
        self.after
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.timer.as_mut().poll(cx)
    }

    /// Whether it is over, give or take the grain of two timers. The server has the same deadline, and where its timer is the
    /// first to fire, it cancels the call: to the caller that is a deadline all the same (as grpc-go has it).
    pub(super) fn is_over(&self, now: Instant) -> bool {
        now + TIMER_GRAIN >= self.at
    }

    /// What is left, for the next attempt's header: at most 8 digits, the finest unit that fits.
    pub(super) fn header(&self, now: Instant) -> HeaderValue {
        let left = self.at.saturating_duration_since(now);
        let units = [(left.as_nanos(), 'n'), (left.as_micros(), 'u'), (left.as_millis(), 'm')];
        let short = units.into_iter().find(|(amount, _)| *amount < 100_000_000);
        let (amount, unit) = short.unwrap_or((u128::from(left.as_secs()).min(99_999_999), 'S'));
        HeaderValue::try_from(format!("{amount}{unit}")).unwrap_or(HeaderValue::from_static("0n"))
    }
}

/// Runs `work`, or yields nothing if the deadline passes first.
pub(super) async fn within<T>(
    deadline: &mut Option<Deadline>,
    mut work: Pin<&mut impl Future<Output = T>>,
) -> Option<T> {
    let Some(deadline) = deadline else { return Some(work.await) };
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => deadline.poll(cx).map(|()| None),
    })
    .await
}

/// The timeout that the caller set, if it is well-formed; a malformed one is the server's to refuse.
pub(super) fn of(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(GRPC_TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_read_in_every_unit_and_nothing_else() {
        let read = |text: &'static str| {
            of(&HeaderMap::from_iter([(GRPC_TIMEOUT.parse().unwrap(), HeaderValue::from_static(text))]))
        };
        assert_eq!(read("2H"), Some(Duration::from_secs(7200)));
        assert_eq!(read("99999999n"), Some(Duration::from_nanos(99_999_999)));
        for bad in ["", "1", "S", "1s", "-1S", "+1S", "123456789S", "1.5S"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_left_is_written_with_at_most_eight_digits() {
        let now = tokio::time::Instant::now().into_std();
        for (after, text) in [
            (Duration::from_millis(50), "50000000n"),
            (Duration::from_millis(1500), "1500000u"),
            (Duration::from_secs(3600), "3600000m"),
            (Duration::from_secs(200_000), "200000S"),
        ] {
            assert_eq!(Deadline::new(after, now).header(now), text);
        }
    }
}
