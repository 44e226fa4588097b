//! Against a real ZooKeeper, started by each test on a port of its own.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

mod ending;
mod line;
mod loss;
mod registrar;
mod rights;
mod seen;
mod source;
