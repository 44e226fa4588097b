//! Instances from [ZooKeeper](https://zookeeper.apache.org), and instances into it: [`Zookeeper`] and [`ZookeeperRegistrar`].
//!
//! A service is a node and each of its children an instance. What a child says is Evenkeel's JSON, plain `HOST:PORT`, what Curator's
//! service discovery writes, or nothing; then its name is the address. Servers are of version 3.5 or newer, and spoken to without TLS.

mod record;
mod registrar;
mod session;
mod settings;
mod source;

pub use registrar::ZookeeperRegistrar;
pub use source::Zookeeper;
