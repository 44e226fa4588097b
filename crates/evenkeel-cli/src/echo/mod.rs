//! `keel echo`: an echo server to try things on.
//!
//! One port serves grpc-go's echo service, gRPC's health service and `GET /`, over HTTP/1.1 and HTTP/2, in plaintext or
//! TLS. It can be slow, fail, stall and send connections away, all on request, and register where others find it.

mod address;
mod args;
mod connection;
mod error;
mod faults;
mod linger;
mod listener;
mod register;
mod router;
mod server;
mod tls;
mod values;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use evenkeel_echo::health::SharedHealth;
use tokio::signal::unix::{Signal, SignalKind, signal};

use self::address::Address;
pub(crate) use self::args::EchoArgs;
pub(crate) use self::error::EchoError;
use self::listener::Listener;
use self::server::Server;

/// Serves until SIGTERM or Ctrl-C, then lets the calls in flight finish.
pub(crate) async fn run(args: EchoArgs) -> Result<(), EchoError> {
    register::check(&args)?;
    let stop = Stop::new().map_err(EchoError::Signals)?;
    let drains = signal(SignalKind::user_defined2()).map_err(EchoError::Signals)?;
    let toggles = signal(SignalKind::user_defined1()).map_err(EchoError::Signals)?;
    let tls = tls::acceptor(&args)?;
    let refused = |source| EchoError::Listen { address: args.listen.clone(), source };
    let listener = Listener::bind(&args.listen).await.map_err(refused)?;
    let address = listener.address().map_err(refused)?;
    let server = Server::new(&args, &address, tls);
    let health = server.health().clone();
    writeln!(io::stdout().lock(), "listening on {address}").map_err(EchoError::Output)?;
    let mut failed = None;
    let until = async { failed = stay(&args, &address, stop, drains).await.err() };
    tokio::select! {
        () = server.serve(listener, until) => {}
        () = toggle(health, toggles) => {}
    }
    failed.map_or(Ok(()), Err)
}

/// Stays, registered if that is asked for, until the server is to stop; it has left the registry then.
async fn stay(args: &EchoArgs, address: &Address, stop: Stop, mut drains: Signal) -> Result<(), EchoError> {
    let mut stop = std::pin::pin!(stop.wait());
    let registered = tokio::select! {
        registered = register::register(args, address) => registered?,
        () = &mut stop => return Ok(()),
    };
    let Some(registered) = registered else {
        stop.await;
        return Ok(());
    };
    tokio::select! {
        () = registered.toggle(&mut drains) => {}
        () = stop => {}
    }
    registered.leave().await;
    Ok(())
}

/// The signals that end the server; caught from its creation on.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn new() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn wait(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Toggles the health at each signal, for ever.
async fn toggle(health: SharedHealth, mut signals: Signal) {
    loop {
        signals.recv().await;
        health.toggle();
    }
}
