//! Which API server is asked, and who asks.

mod config;
mod credentials;
mod environment;
mod files;
mod in_cluster;
mod kubeconfig;
mod origin;

pub use config::Config;
pub(crate) use credentials::Credentials;
pub use environment::Environment;
pub(crate) use origin::{Access, Origin};
