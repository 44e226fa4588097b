//! What a target of the form `etcd://...` says.

mod cluster;
mod prefix;
mod settings;

pub(crate) use cluster::Cluster;
pub(crate) use prefix::Prefix;
pub(crate) use settings::{OPTIONS, Settings};

#[cfg(test)]
mod tests;
