//! The channel against real servers of two stacks, tonic and grpcio, in the clear and over TLS.
//!
//! Each test is made for every combination by `on_every_server!`; its name tells which one failed. grpcio needs the Python
//! environment that `ci/python-env` sets up.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what is wrong by failing"
)]

mod support;

mod bad_peers;
mod dead;
mod differential;
mod killed;
mod lifecycle;
mod pressure;
mod recycled;
mod removed;
mod sockets;
mod streams;
mod tls;
