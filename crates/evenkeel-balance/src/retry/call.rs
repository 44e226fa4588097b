use super::{Attempted, Classify, Instances, Retry, RetryError, RetryErrorKind, error::End, run::Run};
use evenkeel_core::Instance;
use std::sync::Arc;

/// Makes a call with the default [`Retry`]: `attempt` is given an instance and the request, each time another instance.
///
/// ```
/// # use evenkeel_balance::{Pinned, retry};
/// # use evenkeel_core::{Address, Instance};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let balancer = Pinned::new(Instance::from("10.0.0.1:80".parse::<Address>()?));
/// let answer = retry(&balancer, "hello", |instance, request| async move {
///     Ok::<_, std::io::Error>(format!("{request} to {}", instance.name()))
/// })
/// .await?;
/// # assert_eq!(answer, "hello to 10.0.0.1:80");
/// # Ok(())
/// # }
/// ```
pub async fn retry<I, Req, F, Fut, T, E>(instances: &I, request: Req, attempt: F) -> Result<T, RetryError<E>>
where
    I: Instances,
    Req: Clone,
    F: FnMut(Arc<Instance>, Req) -> Fut,
    Fut: Future<Output = Result<T, E>>,
    E: std::error::Error + 'static,
{
    Retry::default().call(instances, request, attempt).await
}

impl<C> Retry<C> {
    /// Makes a call: `attempt` is given an instance and the request, each time another instance. Dropping the future ends the
    /// attempt under way as canceled, and the call with it.
    ///
    /// The request is cloned for every attempt that another may follow. `attempt` should make one call: if it makes several, an
    /// error that says "never sent" may be that of the second.
    pub async fn call<I, Req, F, Fut, T, E>(
        &self,
        instances: &I,
        request: Req,
        attempt: F,
    ) -> Result<T, RetryError<E>>
    where
        I: Instances,
        Req: Clone,
        F: FnMut(Arc<Instance>, Req) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        C: Classify<E>,
    {
        self.call_with(instances, I::Call::default(), request, attempt).await
    }

    /// The same, with what a pick has to know of the call, such as its key.
    pub async fn call_with<I, Req, F, Fut, T, E>(
        &self,
        instances: &I,
        call: I::Call,
        request: Req,
        attempt: F,
    ) -> Result<T, RetryError<E>>
    where
        I: Instances,
        Req: Clone,
        F: FnMut(Arc<Instance>, Req) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        C: Classify<E>,
    {
        self.run(instances, call, false, request, attempt).await
    }

    /// The same, of which the caller may know that it is repeatable.
    pub(super) async fn run<I, Req, F, Fut, T, E>(
        &self,
        instances: &I,
        call: I::Call,
        repeatable: bool,
        request: Req,
        mut attempt: F,
    ) -> Result<T, RetryError<E>>
    where
        I: Instances,
        Req: Clone,
        F: FnMut(Arc<Instance>, Req) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        C: Classify<E>,
    {
        let mut run = Run::begin(self, instances, call).or_repeatable(repeatable);
        let mut request = Some(request);
        loop {
            let picked = match run.pick().await {
                Ok(picked) => picked,
                Err(end) => return Err(run.fail(end)),
            };
            // Nothing is left to send after the last attempt, which is how the loop ends in any case.
            let next = if run.is_last() { request.take() } else { request.clone() };
            let Some(next) = next else { return Err(run.fail(End::Kind(RetryErrorKind::Exhausted))) };
            let answer = attempt(picked.instance().clone(), next);
            match run.attempt(picked, answer).await {
                Ok(value) => return Ok(value),
                Err(verdict) => {
                    if let Err(end) = run.again(verdict).await {
                        return Err(run.fail(end));
                    }
                }
            }
        }
    }
}
