mod attempts;
mod endings;
mod fake;
mod times;

use super::*;
pub(super) use fake::Fake;
use std::{io, time::Duration};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn refused() -> io::Error {
    io::ErrorKind::ConnectionRefused.into()
}

/// An error of a request that was under way.
fn reset() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "connection lost")
}

fn names<E>(error: &RetryError<E>) -> Vec<String> {
    error.attempts().iter().map(|failed| failed.instance.name()).collect()
}
