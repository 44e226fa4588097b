//! A running server, and the means to talk to it.

use std::time::Duration;

use clap::Parser;
use evenkeel_echo::EchoRequest;
use evenkeel_echo::echo_client::EchoClient;
use evenkeel_echo::health::SharedHealth;
use evenkeel_echo::health::health_client::HealthClient;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tonic::transport::{Channel, Endpoint};

use crate::echo::listener::Listener;
use crate::echo::server::Server;
use crate::echo::{EchoArgs, tls};

/// `keel echo` alone, as a command.
#[derive(Debug, Parser)]
pub(super) struct Command {
    #[command(flatten)]
    pub(super) echo: EchoArgs,
}

pub(super) struct Running {
    pub(super) address: String,
    pub(super) health: SharedHealth,
    stop: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

/// Starts a server on a free port, with these further flags.
pub(super) async fn start(flags: &[&str]) -> Running {
    start_on("127.0.0.1:0", flags).await
}

pub(super) async fn start_on(listen: &str, flags: &[&str]) -> Running {
    let args = ["echo", "--listen", listen].into_iter().chain(flags.iter().copied());
    let args = Command::try_parse_from(args).expect("good flags").echo;
    let tls = tls::acceptor(&args).expect("good files");
    let listener = Listener::bind(&args.listen).await.expect("an address to listen on");
    let address = listener.address().expect("an address");
    let server = Server::new(&args, &address, tls);
    let health = server.health().clone();
    let (stop, stopped) = oneshot::channel();
    let done = tokio::spawn(server.serve(listener, async { drop(stopped.await) }));
    Running { address: address.to_string(), health, stop, done }
}

impl Running {
    /// Tells the server to stop, and gives it a second less than its grace to do so.
    pub(super) async fn stop(self) {
        self.stop.send(()).expect("a running server");
        timeout(Duration::from_secs(9), self.done).await.expect("an end within the grace").expect("no panic");
    }

    pub(super) async fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).expect("an address");
        endpoint.connect().await.expect("a connection")
    }

    pub(super) async fn echo(&self) -> EchoClient<Channel> {
        EchoClient::new(self.channel().await)
    }

    pub(super) async fn health_client(&self) -> HealthClient<Channel> {
        HealthClient::new(self.channel().await)
    }

    /// The whole answer to a request of HTTP/1.1.
    pub(super) async fn http(&self, line: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).await.expect("a connection");
        let request = format!("{line} HTTP/1.1\r\nhost: echo\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("a sent request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        answer
    }
}

pub(super) fn request(message: &str) -> EchoRequest {
    EchoRequest { message: message.to_owned() }
}
