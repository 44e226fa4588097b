//! The source and the registrar with real etcds.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

mod common;
mod registrar;
#[cfg(feature = "tls")]
mod tls;
mod trouble;
mod users;
mod watch;
