use crate::{Balancer, CallSpec, PickError, balancer::Turn};
use evenkeel_core::{Call, Ended, EndpointId, Instance, Outcome};
use std::{fmt, ops::Deref, sync::Arc};

/// The attempts of one call: each eligible instance once, in the order of the policy.
///
/// Every attempt is a pick of its own that knows what was tried, so a change of the set between two attempts is simply seen.
#[derive(Debug)]
#[must_use]
pub struct Attempts<'a> {
    balancer: &'a Balancer,
    call: CallSpec<'a>,
    turns: Turns,
    /// Picked, and not yet handed out.
    first: Option<Attempt<'a>>,
    end: Option<PickError>,
}

/// What a call has tried.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// In order, so that pickers find each in a few steps.
    tried: Vec<EndpointId>,
    current: Option<Turn>,
    given: usize,
}

impl<'a> Attempts<'a> {
    pub(crate) fn begin(balancer: &'a Balancer, call: CallSpec<'a>) -> Result<Self, PickError> {
        let mut turns = Turns::default();
        let first = Some(turns.next(balancer, &call)?);
        Ok(Self { balancer, call, turns, first, end: None })
    }

    /// The next instance; nothing once each had its attempt. [`into_error`](Self::into_error) then says why.
    #[expect(
        clippy::should_implement_trait,
        reason = "an attempt borrows from the balancer, and ends matter"
    )]
    pub fn next(&mut self) -> Option<Attempt<'a>> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        if self.end.is_some() {
            return None;
        }
        self.turns.next(self.balancer, &self.call).map_err(|why| self.end = Some(why)).ok()
    }

    /// How many attempts there were.
    pub fn given(&self) -> usize {
        self.turns.given - usize::from(self.first.is_some())
    }

    /// Why there is no further attempt.
    pub fn into_error(mut self) -> PickError {
        self.end.take().unwrap_or_else(|| self.turns.all_tried(self.balancer))
    }
}

impl Drop for Attempts<'_> {
    fn drop(&mut self) {
        if let Some(first) = self.first.take() {
            // Picked for nothing, which says nothing of the instance.
            first.call.unsent();
        }
    }
}

impl Turns {
    /// Picks for the next attempt.
    pub(crate) fn next<'a>(
        &mut self,
        balancer: &'a Balancer,
        call: &CallSpec<'_>,
    ) -> Result<Attempt<'a>, PickError> {
        if let Some(done) = self.current.take_if(|turn| turn.is_last) {
            self.tried.insert(self.tried.partition_point(|id| *id < done.id), done.id);
        }
        let before = self.current.as_ref().map(|turn| (turn.id, turn.nth));
        let picked = balancer.look(call, &self.tried, before)?;
        if self.tried.binary_search(&picked.turn.id).is_ok() {
            picked.call.unsent();
            return Err(self.all_tried(balancer));
        }
        self.current = Some(picked.turn);
        self.given += 1;
        Ok(Attempt { instance: picked.instance, call: picked.call, authority: balancer.authority() })
    }

    pub(crate) fn given(&self) -> usize {
        self.given
    }

    fn all_tried(&self, balancer: &Balancer) -> PickError {
        PickError::AllTried { target: balancer.target().clone(), tried: self.given }
    }
}

/// One attempt: an instance, and the guard that is to be told how it ended. Dropped, it ends as [`Outcome::Canceled`].
#[must_use]
pub struct Attempt<'a> {
    instance: Arc<Instance>,
    call: Call,
    authority: &'a str,
}

impl<'a> Attempt<'a> {
    /// The instance.
    pub fn instance(&self) -> &Arc<Instance> {
        &self.instance
    }

    /// The name of the service that is called, whoever the instance is: what a request's `Host` or `:authority` should say.
    pub fn authority(&self) -> &'a str {
        self.authority
    }

    /// The head of the response is here.
    pub fn head(&mut self) {
        self.call.head();
    }

    /// The attempt has ended like this.
    pub fn end(self, ended: impl Into<Ended>) {
        self.call.end(ended);
    }

    /// The request never reached the instance: it could not be connected to. Policies that follow their calls leave it alone for a
    /// while.
    pub fn unsent(self) {
        self.call.end(Outcome::Unsent);
    }

    /// The instance and the guard, to be kept apart.
    pub fn into_parts(self) -> (Arc<Instance>, Call) {
        (self.instance, self.call)
    }
}

impl Deref for Attempt<'_> {
    type Target = Arc<Instance>;

    fn deref(&self) -> &Arc<Instance> {
        &self.instance
    }
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("instance", &self.instance.name()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pickers search a long list by halves, which takes an order: else a call that tries n instances would cost n^3.
    #[test]
    fn what_was_tried_is_kept_in_order() {
        let list: Vec<_> = (1..=100).map(|port| format!("h:{port}")).collect();
        let target = format!("static:///{}", list.join(","));
        let balancer = Balancer::builder(target).policy("random").build().unwrap();
        let call = CallSpec::new();
        let mut attempts = balancer.pick(&call).unwrap();
        let mut seen = std::collections::HashSet::new();
        while let Some(attempt) = attempts.next() {
            assert!(seen.insert(attempt.name()));
            attempt.unsent();
        }
        assert_eq!((seen.len(), attempts.turns.tried.len()), (100, 100));
        assert!(attempts.turns.tried.is_sorted());
    }
}
