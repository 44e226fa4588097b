use super::policy::{AnyPolicy, Policy};
use std::{any::Any, fmt, sync::Arc};

/// A policy by name with its parsed configuration: a value that can be shared and used many times.
#[derive(Clone)]
pub struct Choice {
    name: &'static str,
    config: Arc<dyn Any + Send + Sync>,
    make: fn() -> Box<dyn AnyPolicy>,
    by_key: bool,
}

impl Choice {
    /// This policy with this configuration. `name` is what makes two choices the same policy.
    pub fn of<P: Policy + Default>(name: &'static str, config: P::Config) -> Self {
        Self { name, config: Arc::new(config), make: || Box::<P>::default(), by_key: false }
    }

    /// The same, and whether it or a child of it picks by a key.
    pub(super) fn by_key(self, by_key: bool) -> Self {
        Self { by_key, ..self }
    }

    /// Whether the policy, or one below it, picks by a hash of the call's key ([`Named::BY_KEY`](super::Named::BY_KEY)).
    pub fn is_by_key(&self) -> bool {
        self.by_key
    }

    /// The policy's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether both are one and the same value.
    pub fn same(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.config, &other.config)
    }

    pub(super) fn make(&self) -> Box<dyn AnyPolicy> {
        (self.make)()
    }

    pub(super) fn config(&self) -> &(dyn Any + Send + Sync) {
        &*self.config
    }
}

impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Choice").field(&self.name).finish()
    }
}
