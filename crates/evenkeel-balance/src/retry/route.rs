use evenkeel_core::Instance;
use std::sync::Arc;

/// How a request goes to the instance that was picked for it. Closures do: `|request, instance| ..`, which says what is sent.
///
/// Implement it where the pick depends on the request (`Call` is what the [`Instances`](super::Instances) want to know of it), or
/// where some requests are repeatable and others are not.
pub trait Route<Req, Call> {
    /// What the service below is given.
    type Routed;

    /// The request on its way to this instance.
    fn route(&self, request: Req, instance: &Arc<Instance>) -> Self::Routed;

    /// What a pick has to know of the request, such as its affinity key.
    fn call(&self, request: &Req) -> Call;

    /// Whether a server that did this request already may do it again, such as a GET. No request is, unless this or
    /// [`Retry::repeatable`](super::Retry::repeatable) says so.
    fn is_repeatable(&self, _request: &Req) -> bool {
        false
    }
}

impl<F, Req, R, Call> Route<Req, Call> for F
where
    F: Fn(Req, &Arc<Instance>) -> R,
    Call: Default,
{
    type Routed = R;

    fn route(&self, request: Req, instance: &Arc<Instance>) -> R {
        self(request, instance)
    }

    fn call(&self, _: &Req) -> Call {
        Call::default()
    }
}
