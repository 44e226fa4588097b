use crate::{
    Balancer, CallSpec, PickError,
    balancer::{Picked, Turn},
};
use evenkeel_core::{Call, Ended, EndpointId, Instance, Outcome};
use std::{fmt, ops::Deref, sync::Arc};

/// The attempts of one call: each eligible instance once, in the order of the policy.
///
/// Every attempt is a pick of its own that knows what was tried, so a change of the set between two attempts is simply seen.
#[derive(Debug)]
#[must_use]
pub struct Attempts<'a> {
    balancer: &'a Balancer,
    call: &'a CallSpec<'a>,
    /// Picked, and not yet handed out.
    picked: Option<Picked>,
    tried: Vec<EndpointId>,
    current: Option<Turn>,
    given: usize,
    end: Option<PickError>,
}

impl<'a> Attempts<'a> {
    pub(crate) fn begin(balancer: &'a Balancer, call: &'a CallSpec<'a>) -> Result<Self, PickError> {
        let mut attempts =
            Self { balancer, call, picked: None, tried: Vec::new(), current: None, given: 0, end: None };
        attempts.picked = Some(attempts.look()?);
        Ok(attempts)
    }

    /// The next instance; nothing once each had its attempt. [`into_error`](Self::into_error) then says why.
    #[expect(
        clippy::should_implement_trait,
        reason = "an attempt borrows from the balancer, and ends matter"
    )]
    pub fn next(&mut self) -> Option<Attempt<'a>> {
        let picked = match self.picked.take() {
            Some(picked) => picked,
            None => self.again()?,
        };
        self.given += 1;
        Some(Attempt { instance: picked.instance, call: picked.call, authority: self.balancer.authority() })
    }

    /// How many attempts there were.
    pub fn given(&self) -> usize {
        self.given
    }

    /// Why there is no further attempt.
    pub fn into_error(mut self) -> PickError {
        self.end.take().unwrap_or_else(|| self.all_tried())
    }

    fn again(&mut self) -> Option<Picked> {
        if self.end.is_some() {
            return None;
        }
        match self.look() {
            Ok(picked) => Some(picked),
            Err(why) => {
                self.end = Some(why);
                None
            }
        }
    }

    fn look(&mut self) -> Result<Picked, PickError> {
        if let Some(done) = self.current.take_if(|turn| turn.is_last) {
            self.tried.push(done.id);
        }
        let before = self.current.as_ref().map(|turn| (turn.id, turn.nth));
        let picked = self.balancer.look(self.call, &self.tried, before)?;
        if self.tried.contains(&picked.turn.id) {
            picked.call.unsent();
            return Err(self.all_tried());
        }
        self.current = Some(picked.turn);
        Ok(picked)
    }

    fn all_tried(&self) -> PickError {
        PickError::AllTried { target: self.balancer.target().clone(), tried: self.given }
    }
}

impl Drop for Attempts<'_> {
    fn drop(&mut self) {
        if let Some(picked) = self.picked.take() {
            picked.call.unsent();
        }
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

    /// The request never reached the instance.
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
