use super::{Attempted, Budget, Instances, NoInstance, Picks};
use evenkeel_core::{Instance, Outcome};
use std::sync::Arc;

/// One instance of the caller's choice: nothing is discovered or picked, and there is no other to go to.
#[derive(Debug, Clone)]
pub struct Pinned(Arc<Instance>);

impl Pinned {
    /// Calls go to this instance.
    pub fn new(instance: impl Into<Arc<Instance>>) -> Self {
        Self(instance.into())
    }
}

impl Instances for Pinned {
    type Call = ();
    type Picks<'a> = Only;

    fn picks(&self, (): ()) -> Only {
        Only(Some(self.0.clone()))
    }

    fn budget(&self) -> Option<&Budget> {
        None
    }
}

/// The one pick of a call to a [`Pinned`] instance.
#[derive(Debug)]
pub struct Only(Option<Arc<Instance>>);

impl Picks for Only {
    type Attempt = Unfollowed;

    async fn next(&mut self) -> Result<Option<Unfollowed>, NoInstance> {
        Ok(self.0.take().map(Unfollowed))
    }

    async fn changed(&mut self) {
        std::future::pending::<()>().await;
    }

    fn is_spent(&self) -> bool {
        self.0.is_none()
    }
}

/// An attempt that nobody follows.
#[derive(Debug)]
pub struct Unfollowed(Arc<Instance>);

impl Attempted for Unfollowed {
    fn instance(&self) -> &Arc<Instance> {
        &self.0
    }

    fn end(self, _: Outcome) {}
}
