//! gRPC's health service, `grpc.health.v1.Health`.

mod message;
mod shared;

pub use crate::generated::health::{health_client, health_server};
pub use message::{HealthCheckRequest, HealthCheckResponse, ServingStatus};
pub use shared::SharedHealth;
