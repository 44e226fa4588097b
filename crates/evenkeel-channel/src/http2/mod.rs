//! The HTTP/2 transport: connections over TCP, TLS or a Unix socket that tell the truth about themselves.
//!
//! The protocol is hyper's. What hyper does not say is read from the stream itself: a small reader of frame headers sits
//! under it, above TLS. So a connection is handed out only after the peer's SETTINGS (hyper's own handshake ends before the
//! peer has said anything), and it takes no new calls from the very read that carries a GOAWAY or an end of stream (hyper
//! says so only after the last open call, which may be hours later).
//!
//! ```text
//! channel -> Http2Connection -> hyper -> watched stream (frame headers) -> TLS -> TCP or Unix socket
//! ```

mod body;
mod connection;
mod connector;
mod dial;
mod failure;
mod frames;
mod keepalive;
mod link;
mod options;
mod outgoing;
mod streams;
mod tasks;
#[cfg(feature = "tls")]
mod tls;
mod watched_io;

#[cfg(test)]
mod tests;

pub use body::Http2Body;
pub use connection::Http2Connection;
pub use connector::Http2;
pub use options::Http2Options;
