use crate::CallSpec;
use evenkeel_core::{Instance, Metadata};
use std::{fmt, sync::Arc};

/// A [`CallSpec`] that owns what it brings, for retries: they outlive the request that it was made from.
#[derive(Clone, Default)]
#[must_use]
pub struct OwnedCallSpec {
    key: Option<Box<[u8]>>,
    metadata: Option<Arc<dyn Metadata + Send + Sync>>,
    pinned: Option<Arc<Instance>>,
}

impl OwnedCallSpec {
    /// A call that brings nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The affinity key, as [`CallSpec::key`].
    pub fn key(mut self, key: impl AsRef<[u8]>) -> Self {
        self.key = Some(key.as_ref().into());
        self
    }

    /// The request's metadata, as [`CallSpec::metadata`].
    pub fn metadata(mut self, metadata: impl Metadata + Send + Sync + 'static) -> Self {
        self.metadata = Some(Arc::new(metadata));
        self
    }

    /// This instance and no other, as [`CallSpec::pin`].
    pub fn pin(mut self, instance: Arc<Instance>) -> Self {
        self.pinned = Some(instance);
        self
    }

    /// The same, borrowed.
    pub fn as_spec(&self) -> CallSpec<'_> {
        let mut spec =
            CallSpec { key: self.key.as_deref(), pinned: self.pinned.as_ref(), ..CallSpec::default() };
        if let Some(metadata) = &self.metadata {
            spec.metadata = &**metadata;
        }
        spec
    }
}

impl fmt::Debug for OwnedCallSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_spec().fmt(f)
    }
}
