mod body;
mod lease;

use crate::{
    access::Access,
    client::Client,
    options::{self, OPTIONS},
    query::Query,
};
use evenkeel_core::Instance;
use evenkeel_discover::{
    BadTarget, RegisterError, RegisterSettings, Registrar, Registration, Target, register,
};
use evenkeel_wire::Tls;
use lease::AgentLease;
use std::time::Duration;

/// Registers instances of the service `consul://HOST[:PORT]/SERVICE` with a Consul agent, under a TTL check.
///
/// The agent should be the one on the instance's own machine: the entry is on that agent's node, and goes with it. Of several
/// servers the first that can be reached is used, and another only when it no longer can be; what is left behind there goes with its
/// TTL. The service's id is its name with the set of addresses, so registering the same instance again, even after a crash,
/// replaces its entry. Its tags become Consul's, as `k=v`, so that one can select by them.
///
/// Options, besides those of [`Consul`](crate::Consul), whose `tag`, `dc` and `near` mean nothing here:
///
/// | option | meaning |
/// | --- | --- |
/// | `ttl` | how long the entry counts without a heartbeat, 2s to 1h, by default 15s; there is one every third of it |
///
/// After four times the TTL, and at least a minute (Consul's least), Consul forgets an entry without heartbeats.
#[derive(Debug, Clone)]
pub struct ConsulRegistrar {
    access: Access,
    ttl: Duration,
    settings: RegisterSettings,
}

impl ConsulRegistrar {
    /// For the service of a target. No I/O.
    ///
    /// # Errors
    /// The target cannot be understood.
    pub fn new(target: &Target) -> Result<Self, BadTarget> {
        Self::read(target, None)
    }

    /// The same with TLS where the target has no option `ca`.
    ///
    /// # Errors
    /// The target cannot be understood.
    pub fn with_tls(target: &Target, tls: &Tls) -> Result<Self, BadTarget> {
        Self::read(target, Some(tls))
    }

    fn read(target: &Target, tls: Option<&Tls>) -> Result<Self, BadTarget> {
        target.only_options(OPTIONS)?;
        let access = Access::read(target, tls)?;
        let ttl = options::ttl(target)?;
        // The source's options are checked here, too.
        Query::read(target)?;
        Ok(Self { access, ttl, settings: RegisterSettings::default() })
    }

    /// The same with other bounds and another back-off.
    #[must_use]
    pub fn with_settings(self, settings: RegisterSettings) -> Self {
        Self { settings, ..self }
    }
}

impl Registrar for ConsulRegistrar {
    async fn register(&self, instance: &Instance) -> Result<Registration, RegisterError> {
        let lease = AgentLease::new(Client::new(self.access.clone(), 0), self.ttl, self.settings.timeout);
        register(lease, instance, self.settings.clone().within(self.ttl)).await
    }
}
