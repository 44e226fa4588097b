use evenkeel_core::{Instance, Metadata};
use std::{fmt, sync::Arc};

/// What one call brings to its picks. The default brings nothing, which is right for most.
///
/// ```
/// use evenkeel_balance::CallSpec;
/// let call = CallSpec::new().key(b"customer-4711");
/// # let _ = call;
/// ```
#[derive(Clone, Copy)]
#[must_use]
pub struct CallSpec<'a> {
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) metadata: &'a (dyn Metadata + Sync),
    pub(crate) pinned: Option<&'a Arc<Instance>>,
}

impl Default for CallSpec<'_> {
    fn default() -> Self {
        Self { key: None, metadata: &(), pinned: None }
    }
}

impl<'a> CallSpec<'a> {
    /// A call that brings nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The affinity key, for policies that send equal keys to equal instances. They mix it themselves: give numbers as bytes.
    pub fn key(mut self, key: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.key = Some(key.as_ref());
        self
    }

    /// The request's metadata, for policies that route by it.
    pub fn metadata(mut self, metadata: &'a (dyn Metadata + Sync)) -> Self {
        self.metadata = metadata;
        self
    }

    /// This instance and no other: discovery and policy are not asked.
    pub fn pin(mut self, instance: &'a Arc<Instance>) -> Self {
        self.pinned = Some(instance);
        self
    }
}

impl fmt::Debug for CallSpec<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallSpec")
            .field("key", &self.key)
            .field("pinned", &self.pinned)
            .finish_non_exhaustive()
    }
}
