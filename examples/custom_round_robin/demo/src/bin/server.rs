//! Two echo servers in one process, on 127.0.0.1:50050 and :50051 or the addresses given.

use evenkeel_echo::{Answers, echo_server::EchoServer};
use std::{env, error::Error, io::Write, process::ExitCode};
use tokio::{net::TcpListener, task::JoinSet};
use tonic::transport::{Server, server::TcpIncoming};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut addresses: Vec<String> = env::args().skip(1).collect();
    if addresses.is_empty() {
        addresses = ["127.0.0.1:50050", "127.0.0.1:50051"].map(str::to_owned).to_vec();
    }
    let mut servers = JoinSet::new();
    for address in addresses {
        let listener = TcpListener::bind(&address).await.map_err(|error| format!("{address}: {error}"))?;
        let address = listener.local_addr()?;
        writeln!(std::io::stdout(), "listening on {address}")?;
        let echo = EchoServer::new(Answers::new(address.to_string()));
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        servers.spawn(Server::builder().add_service(echo).serve_with_incoming(incoming));
    }
    while let Some(ended) = servers.join_next().await {
        ended??;
    }
    Ok(())
}
