use super::{Call, CallInfo, Failure};
use crate::EndpointId;
use std::{fmt::Debug, sync::Arc};

/// Answers where one call goes. An immutable value, shared by all threads, made by a policy's update.
pub trait Picker: Debug + Send + Sync + 'static {
    /// Picks for one attempt of one call. It does not block, lock or allocate.
    ///
    /// It yields an endpoint that the call has not tried while there is one, else a tried one; the layer above decides what
    /// that means. A picker over others asks its other parts before it passes on a tried one, and ends a guard that it
    /// throws away as [`unsent`](Call::unsent).
    fn pick(&self, call: &CallInfo<'_>) -> Pick;
}

/// A picker's answer.
#[derive(Debug)]
#[must_use]
pub enum Pick {
    /// This endpoint, and the guard that is to be told how the call ended.
    Endpoint(EndpointId, Call),
    /// Nothing yet: wait for the next picker.
    Queue,
    /// Nothing: the call fails, unless it waits for ready.
    Fail(Arc<Failure>),
    /// The call fails, even one that waits for ready, and is not retried.
    Drop(Arc<Failure>),
}

impl Pick {
    /// An endpoint whose calls nobody follows.
    #[inline]
    pub fn plain(id: EndpointId) -> Self {
        Self::Endpoint(id, Call::untracked())
    }
}
