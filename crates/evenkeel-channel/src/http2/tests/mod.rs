//! The transport against peers on loopback sockets.

mod calls;
mod closing;
mod handshake;
mod keepalive;
mod names;
mod peer;
#[cfg(feature = "tls")]
mod tls;

use super::{Http2, Http2Body, Http2Connection, Http2Options};
use crate::{
    call::RequestBody,
    transport::{Closed, Connect, ConnectError, Connection, SendError, TransportErrorKind},
};
use bytes::Bytes;
use evenkeel_core::Address;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, StreamBody};
use peer::{Listener, Peer};
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

/// Long enough on a busy machine; only a failing test waits so long.
const SOON: Duration = Duration::from_secs(10);
/// Long enough to see that nothing happens.
const A_WHILE: Duration = Duration::from_millis(100);

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, future).await.expect("did not happen in time")
}

async fn pending(future: impl Future<Output: std::fmt::Debug>) {
    if let Ok(output) = tokio::time::timeout(A_WHILE, future).await {
        panic!("should have waited, but yields {output:?}");
    }
}

fn request(body: impl Into<Bytes>) -> Request<RequestBody> {
    with_body(RequestBody::new(Full::new(body.into()), 0))
}

fn with_body(body: RequestBody) -> Request<RequestBody> {
    Request::post("http://target/service/method").body(body).unwrap()
}

/// A request whose body goes on for ever.
fn endless() -> Request<RequestBody> {
    streaming(|| Poll::Pending)
}

/// A request whose body fails.
fn failing() -> Request<RequestBody> {
    streaming(|| Poll::Ready(Some(Err(std::io::Error::other("no more")))))
}

type Part = Result<http_body::Frame<Bytes>, std::io::Error>;

fn streaming(part: fn() -> Poll<Option<Part>>) -> Request<RequestBody> {
    with_body(RequestBody::new(StreamBody::new(Parts(part)), 0))
}

struct Parts(fn() -> Poll<Option<Part>>);

impl futures_core::Stream for Parts {
    type Item = Part;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Part>> {
        (self.0)()
    }
}

/// A ready connection and its peer.
async fn connected() -> (Http2Connection, Peer) {
    connected_by(&Http2::new(Http2Options::default())).await
}

async fn connected_by(connector: &Http2) -> (Http2Connection, Peer) {
    connected_with(connector, &[]).await
}

/// A connection whose peer takes this many streams at a time.
async fn limited(streams: u32) -> (Http2Connection, Peer) {
    connected_with(&Http2::new(Http2Options::default()), &[(3, streams)]).await
}

async fn connected_with(connector: &Http2, settings: &[(u16, u32)]) -> (Http2Connection, Peer) {
    let listener = Listener::tcp().await;
    let (connection, peer) = tokio::join!(connector.connect(&listener.address), async {
        let mut peer = listener.accept().await;
        peer.settings(settings).await;
        peer
    });
    (connection.unwrap(), peer)
}

/// The call that `request` becomes, once the peer has seen its headers, with its stream.
async fn begun(
    connection: &Http2Connection,
    peer: &mut Peer,
    request: Request<RequestBody>,
) -> (tokio::task::JoinHandle<Result<Response<Http2Body>, SendError>>, u32) {
    let call = tokio::spawn(connection.send(request));
    (call, soon(peer.headers()).await)
}

fn failed(result: Result<Response<Http2Body>, SendError>) -> TransportErrorKind {
    match result {
        Err(SendError::Failed(error)) => error.kind(),
        other => panic!("should have failed: {other:?}"),
    }
}

fn refused(result: Result<Response<Http2Body>, SendError>) -> TransportErrorKind {
    match result {
        Err(SendError::Refused(error)) => error.kind(),
        other => panic!("should have been refused: {other:?}"),
    }
}

async fn unsent(connection: &Http2Connection) {
    match soon(connection.send(request("again"))).await {
        Err(SendError::Unsent(request)) => {
            assert_eq!(request.uri().path(), "/service/method");
            assert_eq!(soon(request.into_body().collect()).await.unwrap().to_bytes(), "again");
        }
        other => panic!("should not have been sent: {other:?}"),
    }
}
