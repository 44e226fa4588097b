use evenkeel_channel::transport::Closed;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// What happens on one connection, shared by its two ends and the calls on it.
#[derive(Debug, Default)]
pub(super) struct Line(watch::Sender<State>);

#[derive(Debug, Default)]
struct State {
    /// Why the peer takes no more calls.
    gone: Option<Closed>,
    /// This side puts no more calls on it.
    drained: bool,
    /// Calls on it fail.
    cut: bool,
    calls: usize,
}

impl State {
    fn is_open(&self) -> bool {
        self.gone.is_none() && !self.drained && !self.cut
    }

    /// A connection that takes no more calls ends with its last one.
    fn is_over(&self) -> bool {
        self.cut || (!self.is_open() && self.calls == 0)
    }
}

impl Line {
    pub(super) fn is_open(&self) -> bool {
        self.0.borrow().is_open()
    }

    pub(super) fn is_over(&self) -> bool {
        self.0.borrow().is_over()
    }

    pub(super) fn calls(&self) -> usize {
        self.0.borrow().calls
    }

    pub(super) fn drain(&self) {
        self.0.send_modify(|state| state.drained = true);
    }

    pub(super) fn go_away(&self) {
        self.0.send_modify(|state| {
            state.gone.get_or_insert(Closed::GoAway { code: 0, text: String::new() });
        });
    }

    pub(super) fn cut(&self, why: &str) {
        self.0.send_modify(|state| {
            state.gone.get_or_insert_with(|| Closed::Lost(why.to_owned()));
            state.cut = true;
        });
    }

    pub(super) fn cut_after(self: &Arc<Self>, after: Duration) {
        let line = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            line.cut("the peer closed the connection");
        });
    }

    /// Puts a call on it, unless it takes none.
    pub(super) fn begin(self: &Arc<Self>) -> Option<InCall> {
        let begun = self.0.send_if_modified(|state| {
            let open = state.is_open();
            state.calls += usize::from(open);
            open
        });
        begun.then(|| InCall(self.clone()))
    }

    /// Resolves once no new call should be put on it.
    pub(super) fn closed(&self) -> impl Future<Output = Closed> + Send + 'static {
        let mut seen = self.0.subscribe();
        async move {
            let end = seen.wait_for(|state| state.gone.is_some() || state.is_over()).await;
            let why = end.ok().and_then(|state| state.gone.clone());
            why.unwrap_or_else(|| Closed::Lost("closed by this side".to_owned()))
        }
    }

    /// Resolves once calls on it fail.
    pub(super) fn broken(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut seen = self.0.subscribe();
        async move {
            if seen.wait_for(|state| state.cut).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

/// A call on a line, until it is dropped.
#[derive(Debug)]
pub(super) struct InCall(Arc<Line>);

impl Drop for InCall {
    fn drop(&mut self) {
        self.0.0.send_modify(|state| state.calls -= 1);
    }
}
