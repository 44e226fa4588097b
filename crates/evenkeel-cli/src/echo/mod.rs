//! `keel echo`: an echo server to try things on.
//!
//! One port serves grpc-go's echo service, gRPC's health service and `GET /`, over HTTP/1.1 and HTTP/2, in plaintext or
//! TLS. It can be slow, fail, stall and send connections away, all on request.

mod address;
mod args;
mod connection;
mod error;
mod faults;
mod linger;
mod listener;
mod router;
mod server;
mod tls;
mod values;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use evenkeel_echo::health::SharedHealth;
use tokio::signal::unix::{Signal, SignalKind, signal};

pub(crate) use self::args::EchoArgs;
pub(crate) use self::error::EchoError;
use self::listener::Listener;
use self::server::Server;

/// Serves until SIGTERM or Ctrl-C, then lets the calls in flight finish.
pub(crate) async fn run(args: EchoArgs) -> Result<(), EchoError> {
    let stop = Stop::new().map_err(EchoError::Signals)?;
    let toggles = signal(SignalKind::user_defined1()).map_err(EchoError::Signals)?;
    let tls = tls::acceptor(&args)?;
    let refused = |source| EchoError::Listen { address: args.listen.clone(), source };
    let listener = Listener::bind(&args.listen).await.map_err(refused)?;
    let address = listener.address().map_err(refused)?;
    let server = Server::new(&args, &address, tls);
    let health = server.health().clone();
    writeln!(io::stdout().lock(), "listening on {address}").map_err(EchoError::Output)?;
    tokio::select! {
        () = server.serve(listener, stop.wait()) => Ok(()),
        () = toggle(health, toggles) => Ok(()),
    }
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
