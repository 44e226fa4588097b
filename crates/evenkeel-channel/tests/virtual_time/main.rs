//! The channel over a network in memory, in virtual time: nothing here waits on a real clock, and nothing opens a socket.
//!
//! In virtual time an awaited call hides any wait, so each test asserts the state or the clock before it calls.

#![allow(clippy::unwrap_used, clippy::panic, reason = "test helpers")]

mod burst;
mod custom_policies;
mod discovery;
mod harness;
mod lifetime;
mod loss;
mod pick_first;
mod removal;
mod retries;
mod round_robin;
mod service_config;
mod waiting;
