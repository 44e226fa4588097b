//! Instances in etcd (version 3.4 or newer): [`Etcd`] watches them, [`EtcdRegistrar`] registers them.
//!
//! It is a client of the few calls of etcd's gRPC API that this takes, with messages written by hand: no `protoc`, no build script.

mod error;
mod etcd;
mod record;
mod registrar;
mod rpc;
mod target;
mod watch;

pub use etcd::Etcd;
pub use registrar::EtcdRegistrar;
