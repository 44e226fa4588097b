use super::{routes, state::State};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until},
};

/// The state of a fake, and who waits for it to change.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) acl: bool,
    state: Mutex<State>,
    changes: watch::Sender<()>,
    hang_ups: watch::Sender<()>,
}

impl Shared {
    pub(super) fn new(acl: bool) -> Self {
        let (changes, hang_ups) = (watch::Sender::new(()), watch::Sender::new(()));
        Self { acl, state: Mutex::new(State::new()), changes, hang_ups }
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.lock().unwrap())
    }

    /// Changes something that concerns nobody who waits.
    pub(super) fn note<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let done = self.note(change);
        self.changes.send_replace(());
        done
    }

    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    pub(super) fn hang_up(&self) {
        self.hang_ups.send_replace(());
    }
}

/// Serves until it is aborted; then all connections break.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    let mut changes = shared.changes();
    loop {
        let due = shared.read(State::due);
        let expired = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                connections.spawn(connection(stream, shared.clone()));
            }
            _ = changes.changed() => {}
            () = expired => shared.change(|state| state.tick(Instant::now())),
        }
    }
}

/// Counts something for as long as it lives.
pub(super) struct Counted {
    shared: Arc<Shared>,
    of: fn(&mut State) -> &mut usize,
}

impl Counted {
    pub(super) fn new(shared: Arc<Shared>, of: fn(&mut State) -> &mut usize) -> Self {
        shared.note(|state| *of(state) += 1);
        Self { shared, of }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.shared.note(|state| *(self.of)(state) -= 1);
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let _counted = Counted::new(shared.clone(), |state| &mut state.connections);
    let mut hang_ups = shared.hang_ups.subscribe();
    let service = service_fn(|request| {
        let shared = shared.clone();
        async move { Ok::<_, Infallible>(routes::answer(request, shared).await) }
    });
    tokio::select! {
        _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service) => {}
        _ = hang_ups.changed() => {}
    }
}
