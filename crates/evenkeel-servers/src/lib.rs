//! Real registries for tests: each started on loopback ports of its own, killed and started again, and gone when dropped.
//!
//! What they need is installed by `ci/servers`; one that is missing fails the test that asks for it, with the name of the package.
#![allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc, missing_docs, reason = "for tests")]

mod consul;
mod etcd;
mod file;
mod folder;
mod knot;
mod kubernetes_fake;
mod ports;
mod process;
mod registry;
mod zookeeper;

pub use consul::{
    Consul, ConsulApi, ConsulFake, ConsulHabits, ConsulIndexHabit, ConsulOptions, ConsulServer,
};
pub use etcd::{Certificates, Etcd};
pub use file::FileRegistry;
pub use folder::Folder;
pub use knot::Knot;
pub use kubernetes_fake::{EndpointState, Faults, KubernetesFake, endpoint, slice};
pub use ports::free_ports;
pub use process::Process;
pub use registry::Registry;
pub use zookeeper::Zookeeper;
