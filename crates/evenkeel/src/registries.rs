//! The sources and registrars that the features turn on.

use evenkeel_core::{Field, Instance};
use evenkeel_discover::{
    BadTarget, Composite, RegisterError, Registrar, Registration, Settings, Source, Sources, Target,
};

/// All sources that the features turn on, by the scheme of their targets. Always there: `static`, `unix`, and `merge` and `first`, which
/// are made of the others.
///
/// A value of your own, for [`Builder::sources`](crate::Builder::sources) and
/// [`BalancerBuilder::sources`](crate::balance::BalancerBuilder::sources); all who are given clones of it share one watch for each target.
///
/// ```
/// let sources = evenkeel::sources();
/// assert!(sources.all().any(|source| source.scheme == "static"));
/// ```
pub fn sources() -> Sources {
    let sources = Sources::default();
    #[cfg(feature = "file")]
    let sources = sources.replace(evenkeel_file::File::INFO, evenkeel_file::File);
    #[cfg(feature = "dns")]
    let sources = sources
        .replace(evenkeel_dns::Dns::INFO, evenkeel_dns::Dns::default())
        .replace(evenkeel_dns::Srv::INFO, evenkeel_dns::Srv::default());
    #[cfg(feature = "etcd")]
    let sources = sources.replace(evenkeel_etcd::Etcd::INFO, evenkeel_etcd::Etcd::default());
    #[cfg(feature = "consul")]
    let sources = sources.replace(evenkeel_consul::Consul::INFO, evenkeel_consul::Consul::default());
    #[cfg(feature = "zookeeper")]
    let sources = sources.replace(evenkeel_zookeeper::Zookeeper::INFO, evenkeel_zookeeper::Zookeeper);
    #[cfg(feature = "kubernetes")]
    let sources =
        sources.replace(evenkeel_kubernetes::Kubernetes::INFO, evenkeel_kubernetes::Kubernetes::default());
    let composite = Source::new(Composite::new(sources.clone()));
    sources.replace(Composite::MERGE, composite.clone()).replace(Composite::FIRST, composite)
}

/// The registrar of a target, by its scheme; see [`registrar`].
#[derive(Debug)]
#[non_exhaustive]
pub enum AnyRegistrar {
    /// Of etcd.
    #[cfg(feature = "etcd")]
    Etcd(evenkeel_etcd::EtcdRegistrar),
    /// Of Consul.
    #[cfg(feature = "consul")]
    Consul(evenkeel_consul::ConsulRegistrar),
    /// Of ZooKeeper.
    #[cfg(feature = "zookeeper")]
    Zookeeper(evenkeel_zookeeper::ZookeeperRegistrar),
}

/// The registrar of a target, by its scheme: `etcd`, `consul` or `zookeeper`, where the feature of that name is on. What it registers,
/// the source of the same target finds.
///
/// # Errors
/// The scheme has no registrar, or the target is malformed.
pub fn registrar(target: &Target) -> Result<AnyRegistrar, BadTarget> {
    // What says how to discover says nothing about registering, but may stand in a target that is used for both.
    let own = |target: Target, option: &Field| target.without_option(option.name);
    let target = &Settings::OPTIONS.iter().fold(target.clone(), own);
    match target.scheme() {
        #[cfg(feature = "etcd")]
        "etcd" => evenkeel_etcd::EtcdRegistrar::new(target).map(AnyRegistrar::Etcd),
        #[cfg(feature = "consul")]
        "consul" => evenkeel_consul::ConsulRegistrar::new(target).map(AnyRegistrar::Consul),
        #[cfg(feature = "zookeeper")]
        "zookeeper" => evenkeel_zookeeper::ZookeeperRegistrar::new(target).map(AnyRegistrar::Zookeeper),
        other => Err(target.bad(format!(
            "no registrar for the scheme {other:?}; etcd, consul and zookeeper have one, by features of those names"
        ))),
    }
}

impl Registrar for AnyRegistrar {
    async fn register(&self, instance: &Instance) -> Result<Registration, RegisterError> {
        #[cfg(not(any(feature = "etcd", feature = "consul", feature = "zookeeper")))]
        let _ = instance;
        match *self {
            #[cfg(feature = "etcd")]
            Self::Etcd(ref registrar) => registrar.register(instance).await,
            #[cfg(feature = "consul")]
            Self::Consul(ref registrar) => registrar.register(instance).await,
            #[cfg(feature = "zookeeper")]
            Self::Zookeeper(ref registrar) => registrar.register(instance).await,
        }
    }
}
