use spawns_core::{Spawn, Task, enter};
use std::{
    future::poll_fn,
    pin::pin,
    sync::{Mutex, PoisonError},
};
use tokio::task::JoinSet;

/// The tasks that the client's crate starts. It would let go of them; here they have an owner, with whom they end.
#[derive(Default)]
struct Owner(Mutex<JoinSet<()>>);

impl Spawn for Owner {
    fn spawn(&self, task: Task) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.spawn(Box::into_pin(task.future));
    }
}

/// What a future yields, and the tasks that it started.
pub(super) async fn owned<T>(future: impl Future<Output = T>) -> (T, JoinSet<()>) {
    let owner = Owner::default();
    let mut future = pin!(future);
    let done = poll_fn(|cx| {
        let _scope = enter(&owner);
        future.as_mut().poll(cx)
    });
    let done = done.await;
    (done, owner.0.into_inner().unwrap_or_else(PoisonError::into_inner))
}
