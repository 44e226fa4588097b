//! One connection, from its handshake to its end.

use std::convert::Infallible;
use std::io::{self, Write};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::linger::Linger;
use super::listener::{Accepted, Io};
use super::server::Shared;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Serves a connection until its peer ends it, or it is too old or the server stops and its last call is done.
pub(super) async fn serve(
    accepted: Accepted,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    mut stopping: watch::Receiver<bool>,
) {
    let began = Instant::now();
    let calls = AtomicU64::new(0);
    let stream = tokio::select! {
        stream = handshake(accepted.stream, tls) => stream,
        () = stopped(&mut stopping) => None,
    };
    if let Some(stream) = stream {
        exchange(stream, &shared, &calls, &mut stopping).await;
    }
    if shared.verbose {
        report(&accepted.peer, began.elapsed(), calls.into_inner());
    }
}

async fn handshake(stream: Box<dyn Io>, tls: Option<TlsAcceptor>) -> Option<Box<dyn Io>> {
    let Some(tls) = tls else { return Some(stream) };
    let stream = timeout(HANDSHAKE, tls.accept(stream)).await.ok()?.ok()?;
    Some(Box::new(stream))
}

/// Serves HTTP. A connection sent away gets GOAWAY, and its calls go on.
async fn exchange(
    stream: Box<dyn Io>,
    shared: &Arc<Shared>,
    calls: &AtomicU64,
    stopping: &mut watch::Receiver<bool>,
) {
    let service = service_fn(|request| {
        calls.fetch_add(1, Ordering::Relaxed);
        let shared = Arc::clone(shared);
        async move { Ok::<_, Infallible>(shared.router.answer(request).await) }
    });
    let mut connection = pin!(shared.http.serve_connection(TokioIo::new(Linger::new(stream)), service));
    // How a connection ends is its peer's affair: an error here is a peer that went without a word.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = aged(shared.max_age) => {}
        () = stopped(stopping) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// Done at this age, give or take a tenth, so that connections opened together do not all end together.
async fn aged(max_age: Option<Duration>) {
    match max_age {
        Some(age) => sleep(age.mul_f64(0.9 + 0.2 * fastrand::f64())).await,
        None => std::future::pending().await,
    }
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the server is gone, which is a stop as well.
    let _ = stopping.wait_for(|&stopping| stopping).await;
}

fn report(peer: &str, age: Duration, calls: u64) {
    // Nobody is left to tell if standard error is closed.
    let _ = writeln!(io::stderr().lock(), "connection from {peer} ended after {age:.1?}, calls: {calls}");
}
