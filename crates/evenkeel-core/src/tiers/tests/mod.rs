//! Tiers against endpoints whose states are set by hand, and a clock that is moved by hand.

#![allow(clippy::unwrap_used, reason = "test helpers")]

mod failover;
mod retries;
mod sets;
mod world;
