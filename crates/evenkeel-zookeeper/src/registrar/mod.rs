//! The registrar: instances as ephemeral nodes.

mod lease;
mod node;

use crate::settings::Settings;
use evenkeel_core::Instance;
use evenkeel_discover::{
    BadTarget, RegisterError, RegisterSettings, Registrar, Registration, Target, register,
};
use lease::ZookeeperLease;

/// Registers instances as children of a node, each for as long as the session of its registration lives.
///
/// A child is an ephemeral node named by the first address of its instance, with Evenkeel's JSON in it. Missing nodes above it are created, open
/// to everyone; whoever wants them guarded creates them first. With credentials in the target the child may be changed by their user alone,
/// and read by everyone.
///
/// A child that is there already, of a process that has ended a moment ago or written by hand, is replaced. Of two registrations of one address
/// the later counts, and the earlier when that one ends.
#[derive(Debug, Clone)]
pub struct ZookeeperRegistrar {
    settings: Settings,
    register: RegisterSettings,
}

impl ZookeeperRegistrar {
    /// For the instances of a target, as [`Zookeeper`](crate::Zookeeper) reads it. The target's `session` is how long after a crash an instance is
    /// seen.
    ///
    /// # Errors
    /// The target has a mistake; the error names it.
    pub fn new(target: &Target) -> Result<Self, BadTarget> {
        Ok(Self { settings: Settings::read(target)?, register: RegisterSettings::default() })
    }

    /// The same with other settings than the default.
    #[must_use]
    pub fn with_settings(self, register: RegisterSettings) -> Self {
        Self { register, ..self }
    }
}

impl Registrar for ZookeeperRegistrar {
    async fn register(&self, instance: &Instance) -> Result<Registration, RegisterError> {
        let settings = self.register.clone().within(self.settings.session);
        register(ZookeeperLease::new(self.settings.clone()), instance, settings).await
    }
}
