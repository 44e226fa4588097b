//! The other half of discovery: putting an instance into a registry, and keeping it there.

mod error;
mod keeper;
mod lease;
mod registration;

pub use error::RegisterError;
pub use lease::Lease;
pub use registration::{RegisterSettings, Registration, register};

use evenkeel_core::Instance;

/// Registers instances of one service in one registry.
pub trait Registrar: Send + Sync + 'static {
    /// Registers an instance and keeps it registered until the guard ends: heartbeats, and registration anew whenever the lease or
    /// the session was lost. Registering an instance that is registered replaces what it said before.
    fn register(
        &self,
        instance: &Instance,
    ) -> impl Future<Output = Result<Registration, RegisterError>> + Send;
}

#[cfg(test)]
mod tests;
