//! The whole server, in this process, on a port of the loopback.

mod calls;
mod ending;
mod flags;
mod harness;
mod signals;
mod tls;
mod wire;
