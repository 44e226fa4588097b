use crate::transport::ConnectError;
use evenkeel_core::Address;
use evenkeel_discover::Addresses;
use std::{io, net::SocketAddr, path::Path};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
};

/// A two-way byte stream. One virtual call for each read and write of the socket is nothing beside the system call.
pub(super) trait Io: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

pub(super) type Stream = Box<dyn Io>;

/// Opens a socket to `address`; of a name, to none of the addresses that `rules` leave out.
pub(super) async fn dial(address: &Address, rules: Addresses) -> Result<Stream, ConnectError> {
    match address {
        Address::Tcp(address) => Ok(Box::new(tcp(*address).await?)),
        Address::Name(host, port) => Ok(Box::new(name(host, *port, rules).await?)),
        Address::Unix(path) => unix(path).await,
        other => Err(ConnectError::Unsupported(format!("HTTP/2 cannot reach {other}"))),
    }
}

/// Small frames go out at once: Nagle's algorithm would hold them back for a round trip.
async fn tcp(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Tries each address of the name in the resolver's order; the last failure counts. The address that was checked is the one that is
/// dialled: there is no second lookup.
async fn name(host: &str, port: u16, rules: Addresses) -> io::Result<TcpStream> {
    let mut failure = io::Error::new(io::ErrorKind::NotFound, format!("{host} has no address"));
    for address in lookup_host((host, port)).await? {
        if let Some(why) = rules.refuses_ip(address.ip()) {
            let text = format!("{host} is {}, and may not be: {why}", address.ip());
            failure = io::Error::new(io::ErrorKind::PermissionDenied, text);
            continue;
        }
        match tcp(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

#[cfg(unix)]
async fn unix(path: &Path) -> Result<Stream, ConnectError> {
    Ok(Box::new(tokio::net::UnixStream::connect(path).await?))
}

#[cfg(not(unix))]
async fn unix(path: &Path) -> Result<Stream, ConnectError> {
    Err(ConnectError::Unsupported(format!("no Unix sockets here, so not {}", path.display())))
}
