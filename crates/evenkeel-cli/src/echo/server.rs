//! The server: accepts connections until it is told to stop, then sees them out.

use std::sync::Arc;
use std::time::Duration;

use evenkeel_echo::health::SharedHealth;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::EchoArgs;
use super::address::Address;
use super::connection;
use super::faults::Faults;
use super::listener::Listener;
use super::router::Router;

/// How long calls in flight may take to finish when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// How long to wait after a failed accept, as a rule for want of file descriptors, which come free with time.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// All that connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) router: Router,
    pub(super) http: auto::Builder<TokioExecutor>,
    pub(super) max_age: Option<Duration>,
    pub(super) verbose: bool,
}

/// An echo server that has yet to be given a listener.
pub(super) struct Server {
    shared: Arc<Shared>,
    tls: Option<TlsAcceptor>,
    health: SharedHealth,
}

impl Server {
    /// A server that shows `address` in its answers, if the arguments say nothing else.
    pub(super) fn new(args: &EchoArgs, address: &Address, tls: Option<TlsAcceptor>) -> Self {
        let shown = args.advertise.as_ref().unwrap_or(address);
        let name = args.name.clone().unwrap_or_else(|| shown.to_string());
        let health = SharedHealth::new(args.health.into());
        let shared = Shared {
            router: Router::new(name, Faults::new(args), health.clone()),
            http: http(args.max_streams),
            max_age: args.max_age,
            verbose: args.verbose,
        };
        Self { shared: Arc::new(shared), tls, health }
    }

    /// The health that it reports.
    pub(super) fn health(&self) -> &SharedHealth {
        &self.health
    }

    /// Serves until `stop` is done; then accepts no more, sends every connection away and gives its calls time to finish.
    pub(super) async fn serve(self, listener: Listener, stop: impl Future<Output = ()>) {
        let stopping = watch::Sender::new(false);
        let mut connections = JoinSet::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                Some(_) = connections.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => {
                        let serving = connection::serve(
                            accepted, self.tls.clone(), Arc::clone(&self.shared), stopping.subscribe(),
                        );
                        connections.spawn(serving);
                    }
                    Err(_) => sleep(ACCEPT_AGAIN).await,
                },
            }
        }
        drop(listener);
        self.health.close();
        stopping.send_replace(true);
        // Those that take longer are dropped with the set.
        let _ = timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
    }
}

fn http(max_streams: Option<u32>) -> auto::Builder<TokioExecutor> {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new());
    http.http2().timer(TokioTimer::new()).max_concurrent_streams(max_streams);
    http
}
