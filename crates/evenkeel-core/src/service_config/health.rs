use super::reader::Reader;
use serde_json::Value;
use std::sync::Arc;

/// Which service's health the connections watch (`healthCheckConfig`, gRFC A17).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HealthCheck {
    /// The service; `""` is the whole server.
    pub service_name: Arc<str>,
}

impl HealthCheck {
    /// None where the service is absent, which means off.
    pub(super) fn read(object: &Reader<'_>) -> Option<Self> {
        let service_name = object.read("serviceName", "a text", Value::as_str)?;
        Some(Self { service_name: service_name.into() })
    }
}
