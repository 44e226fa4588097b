use super::{Budget, NoInstance};
use evenkeel_core::{Instance, Outcome};
use std::sync::Arc;

/// Where calls may go: what a balancer is to a retry.
pub trait Instances: Send + Sync {
    /// What a pick has to know of a call, such as its affinity key; the default says nothing.
    type Call: Default + Send;
    /// The picks of one call.
    type Picks<'a>: Picks + Send
    where
        Self: 'a;

    /// Begins a call.
    fn picks(&self, call: Self::Call) -> Self::Picks<'_>;

    /// The budget that all calls to these instances share; none: they are not limited.
    fn budget(&self) -> Option<&Budget>;
}

impl<T: Instances> Instances for Arc<T> {
    type Call = T::Call;
    type Picks<'a>
        = T::Picks<'a>
    where
        Self: 'a;

    fn picks(&self, call: T::Call) -> T::Picks<'_> {
        T::picks(self, call)
    }

    fn budget(&self) -> Option<&Budget> {
        T::budget(self)
    }
}

/// The picks of one call: each yields an instance that the call has not tried.
pub trait Picks {
    /// One attempt.
    type Attempt: Attempted + Send;

    /// Picks for the next attempt, from what is known now; nothing when every instance there is was tried.
    ///
    /// It waits for one thing only: the first answer of discovery. An answer without instances is an error, at once.
    fn next(&mut self) -> impl Future<Output = Result<Option<Self::Attempt>, NoInstance>> + Send;

    /// Waits until there is something newer than what the last [`next`](Self::next) saw; for ever if nothing will come.
    fn changed(&mut self) -> impl Future<Output = ()> + Send;

    /// What a [`next`](Self::next) that has not ended waits for, to be told by a call whose time is over.
    fn awaited(&self) -> Option<NoInstance> {
        None
    }

    /// Whether every instance there is was tried, as far as can be told without a pick. A hint, which spares a pause before
    /// an attempt that nobody is left for.
    fn is_spent(&self) -> bool {
        false
    }
}

/// One attempt in flight: a guard that is told how it ended. Dropped, it ends as [`Outcome::Canceled`].
pub trait Attempted {
    /// Where it goes.
    fn instance(&self) -> &Arc<Instance>;

    /// It has ended.
    fn end(self, outcome: Outcome);
}
