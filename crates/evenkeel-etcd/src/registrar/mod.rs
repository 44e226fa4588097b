mod lease;
mod ticks;

use crate::{rpc::Dialer, target::Settings};
use evenkeel_core::Instance;
use evenkeel_discover::{
    BadTarget, RegisterError, RegisterSettings, Registrar, Registration, Target, register,
};
use lease::EtcdLease;

/// Registers instances in etcd: the key is `/PREFIX/ADDRESS`, with the first address, the value [Evenkeel's
/// JSON](evenkeel_discover::write_record), under a lease.
///
/// Targets are those of [`Etcd`](crate::Etcd). With `slash=no` the key has no slash before it. `ttl`, 2 s to 1 h, 10 s by default, in whole
/// seconds rounded up: for so long an instance is still seen after its process died. The lease is kept alive three times as often. A key
/// that somebody deletes while its lease lives stays deleted until the next [`update`](evenkeel_discover::Registration::update).
#[derive(Debug, Clone)]
pub struct EtcdRegistrar {
    dialer: Dialer,
    settings: Settings,
    keeping: RegisterSettings,
}

impl EtcdRegistrar {
    /// For the service of a target. No I/O.
    ///
    /// # Errors
    /// The target cannot be understood.
    pub fn new(target: &Target) -> Result<Self, BadTarget> {
        let (dialer, keeping) = (Dialer::default(), RegisterSettings::default());
        Ok(Self { dialer, settings: Settings::of(target)?, keeping })
    }

    /// With other bounds and back-off.
    #[must_use]
    pub fn with_settings(self, keeping: RegisterSettings) -> Self {
        Self { keeping, ..self }
    }

    /// With TLS, with this configuration where the target has no option `ca`.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_tls(self, config: std::sync::Arc<rustls::ClientConfig>) -> Self {
        Self { dialer: self.dialer.with_tls(evenkeel_wire::Tls::new(config)), ..self }
    }
}

impl Registrar for EtcdRegistrar {
    async fn register(&self, instance: &Instance) -> Result<Registration, RegisterError> {
        let lease = EtcdLease::new(self.dialer.clone(), self.settings.clone());
        register(lease, instance, self.keeping.clone().within(self.settings.ttl)).await
    }
}
