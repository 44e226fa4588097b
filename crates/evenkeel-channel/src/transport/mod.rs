//! The transport seam: how a connection to one address is made, and what a channel asks of it.
//!
//! HTTP/2 over TCP, TLS or a Unix socket is one implementation ([`crate::http2`]), a network in memory another.

mod error;

use crate::call::RequestBody;
use bytes::Bytes;
use evenkeel_core::Address;
use http::{Request, Response};
use std::{fmt::Debug, future::Future};

pub use error::{Closed, ConnectError, SendError, TransportError, TransportErrorKind};

/// Makes connections.
pub trait Connect: Debug + Send + Sync + 'static {
    /// What it makes.
    type Connection: Connection;

    /// Connects to `address`. The connection that it yields can take calls: for HTTP/2 the peer's SETTINGS have arrived.
    ///
    /// The caller bounds the time and drops the future to give up; nothing may be left behind then.
    fn connect(
        &self,
        address: &Address,
    ) -> impl Future<Output = Result<Self::Connection, ConnectError>> + Send + 'static;
}

/// One connection, shared by the calls on it. A clone is another handle to the same connection.
pub trait Connection: Debug + Clone + Send + Sync + 'static {
    /// The body of a response.
    type Body: http_body::Body<Data = Bytes, Error = TransportError> + Send + Unpin + 'static;

    /// Sends one request. Dropping the future, or the body that it yields, cancels the call.
    fn send(
        &self,
        request: Request<RequestBody>,
    ) -> impl Future<Output = Result<Response<Self::Body>, SendError>> + Send + 'static;

    /// Resolves as soon as no new call should be put on this connection (GOAWAY, end of stream, an error), with the reason.
    /// It must not keep the connection alive.
    fn closed(&self) -> impl Future<Output = Closed> + Send + 'static;

    /// Whether a new call may be put on it: false from the moment that [`closed`](Self::closed) resolves, or after `drain`.
    fn is_open(&self) -> bool;

    /// Takes no new calls; the connection closes when its last call has ended, although handles may live on.
    fn drain(&self);

    /// Closes it now; calls on it fail.
    fn abort(&self);
}
