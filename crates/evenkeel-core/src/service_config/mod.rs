//! gRPC service configs: which policy, and what holds for which method.
//!
//! A config is read whole: unknown fields are ignored, one wrong known field makes all of it invalid (gRFC A21), and every
//! error is told at once. `null` counts as absent everywhere, as in proto-JSON.

mod codes;
mod configs;
mod duration;
mod health;
mod hedging;
mod invalid;
mod method;
mod methods;
mod reader;
mod retry;
mod selection;
mod text;
mod throttling;

#[cfg(test)]
mod tests;

use crate::{Choice, Registry};
use methods::Methods;
use reader::{Errors, Reader};
use std::sync::Arc;

pub use codes::Codes;
pub use configs::{Configs, OwnPolicy};
pub(crate) use duration::duration;
pub use health::HealthCheck;
pub use hedging::HedgingPolicy;
pub use invalid::InvalidServiceConfig;
pub use method::MethodConfig;
pub use retry::{MAX_ATTEMPTS, RetryPolicy};
pub use selection::MAX_NESTING;
pub use text::MAX_BYTES;
pub use throttling::RetryThrottling;

/// A gRPC service config, checked. A clone is the same config; the default is the empty one.
#[derive(Debug, Clone, Default)]
pub struct ServiceConfig(Arc<Parts>);

#[derive(Debug, Default)]
struct Parts {
    load_balancing: Option<Choice>,
    methods: Methods,
    retry_throttling: Option<RetryThrottling>,
    health_check: Option<HealthCheck>,
}

impl ServiceConfig {
    /// Reads a config; its policies come from `registry`.
    ///
    /// # Errors
    /// All that is wrong: no JSON, longer than [`MAX_BYTES`], known fields with wrong values, no known policy, policies nested
    /// deeper than [`MAX_NESTING`].
    pub fn parse(json: &str, registry: &Registry) -> Result<Self, InvalidServiceConfig> {
        let json = text::parse(json, registry)?;
        let errors = Errors::default();
        let parts = Reader::config(&json, &errors).map(|config| Parts::read(&config, registry));
        match (InvalidServiceConfig::new(errors.into_inner()), parts) {
            (Some(invalid), _) => Err(invalid),
            (None, parts) => Ok(Self(Arc::new(parts.unwrap_or_default()))),
        }
    }

    /// The policy that it chooses; none where it leaves that to the default (gRFC A24).
    pub fn load_balancing(&self) -> Option<&Choice> {
        self.0.load_balancing.as_ref()
    }

    /// What holds for the method of that path, such as `/pkg.Service/Method`.
    ///
    /// The config for the method counts, else the one for its service, else the one for all; they are not merged. One or two
    /// look-ups in a hash table, none where no method is named.
    #[inline]
    pub fn method(&self, path: &str) -> Option<&MethodConfig> {
        self.0.methods.find(path)
    }

    /// The limit on retries to one server name.
    pub fn retry_throttling(&self) -> Option<RetryThrottling> {
        self.0.retry_throttling
    }

    /// The health check of connections; none means off.
    pub fn health_check(&self) -> Option<&HealthCheck> {
        self.0.health_check.as_ref()
    }
}

impl Parts {
    fn read(config: &Reader<'_>, registry: &Registry) -> Self {
        Self {
            load_balancing: selection::read(config, registry),
            methods: Methods::read(config),
            retry_throttling: config.object("retryThrottling").and_then(|o| RetryThrottling::read(&o)),
            health_check: config.object("healthCheckConfig").and_then(|o| HealthCheck::read(&o)),
        }
    }
}
