use crate::{
    Attempt, Attempted, Balancer, Budget, Instances, NoInstance, OwnedCallSpec, PickError, PickErrorKind,
    Picks, attempts::Turns,
};
use evenkeel_core::{FailureKind, Instance, Outcome};
use std::{future::pending, sync::Arc};
use tokio::sync::watch;

/// The picks of one call of a [`Retry`](crate::Retry) over a [`Balancer`].
#[derive(Debug)]
pub struct BalancerPicks<'a> {
    balancer: &'a Balancer,
    call: OwnedCallSpec,
    turns: Turns,
    /// What the last pick saw; nothing where nothing changes.
    seen: Option<watch::Receiver<u64>>,
}

impl Instances for Balancer {
    type Call = OwnedCallSpec;
    type Picks<'a> = BalancerPicks<'a>;

    fn picks(&self, call: OwnedCallSpec) -> BalancerPicks<'_> {
        BalancerPicks { balancer: self, call, turns: Turns::default(), seen: self.versions() }
    }

    fn budget(&self) -> Option<&Budget> {
        Some(self.retry_budget())
    }
}

impl<'a> Picks for BalancerPicks<'a> {
    type Attempt = Attempt<'a>;

    async fn next(&mut self) -> Result<Option<Attempt<'a>>, NoInstance> {
        let spec = self.call.as_spec();
        if spec.pinned.is_none() {
            self.balancer.ready().await?;
        }
        if let Some(seen) = &mut self.seen {
            seen.borrow_and_update();
        }
        match self.turns.next(self.balancer, &spec) {
            Ok(attempt) => Ok(Some(attempt)),
            Err(PickError::AllTried { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn changed(&mut self) {
        if let Some(seen) = &mut self.seen
            && seen.changed().await.is_ok()
        {
            return;
        }
        pending::<()>().await;
    }

    fn awaited(&self) -> Option<NoInstance> {
        Some(self.balancer.not_yet().into())
    }

    fn is_spent(&self) -> bool {
        self.turns.given() >= self.balancer.eligible(&self.call.as_spec())
    }
}

impl Attempted for Attempt<'_> {
    fn instance(&self) -> &Arc<Instance> {
        Attempt::instance(self)
    }

    fn end(self, outcome: Outcome) {
        Attempt::end(self, outcome);
    }
}

impl From<PickError> for NoInstance {
    fn from(error: PickError) -> Self {
        let kind = match error.kind() {
            PickErrorKind::NoInstance(kind) => kind,
            PickErrorKind::Discovery | PickErrorKind::NotYet => FailureKind::Discovery,
            PickErrorKind::AllTried | PickErrorKind::Internal => FailureKind::Unavailable,
        };
        Self::new(kind, error)
    }
}
