use crate::{Discover, DiscoverError, Target};
use evenkeel_core::Snapshot;
use futures_core::Stream;
use futures_util::{StreamExt, stream};

/// A source of one set that never changes, whatever the target; see [`once`].
#[derive(Debug, Clone)]
pub struct Once(Snapshot);

/// A source of one set that never changes: what Volo's one-shot `discover` without a watch yields.
///
/// ```
/// use evenkeel_core::{Address, Instance};
/// let address: Address = "10.0.0.1:80".parse()?;
/// let source = evenkeel_discover::once([Instance::from(address)]);
/// # let _ = source;
/// # Ok::<(), evenkeel_core::BadAddress>(())
/// ```
pub fn once(set: impl IntoIterator<Item = evenkeel_core::Instance>) -> Once {
    Once(set.into_iter().collect())
}

impl Discover for Once {
    fn watch(&self, _: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        stream::iter([Ok(self.0.clone())]).chain(stream::pending())
    }

    fn known(&self, _: &Target) -> Option<Result<Snapshot, DiscoverError>> {
        Some(Ok(self.0.clone()))
    }

    fn is_given(&self) -> bool {
        true
    }
}
