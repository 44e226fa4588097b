//! The endpoints of Kubernetes services: targets `kubernetes:///NAMESPACE/SERVICE:PORT`.
//!
//! The `EndpointSlices` of the service are listed once and then watched, by a small client of this crate's own, so that a pod that
//! becomes ready, begins to terminate or goes is known at once and nobody polls. Which API server, and who asks, comes from the pod's
//! service account, from a kubeconfig, or from the target's options: see [`Kubernetes`].

mod access;
mod api;
mod ask;
mod error;
mod kubernetes;
mod live;
mod session;
mod slices;

pub use access::{Config, Environment};
pub use error::KubernetesError;
pub use kubernetes::Kubernetes;
