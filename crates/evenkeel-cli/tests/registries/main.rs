//! Every source with its real registry, as people use them: `keel resolve --watch`, `keel echo`, `keel call`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;
mod merged;
mod outage;
mod registration;
mod watch;
mod watched;
