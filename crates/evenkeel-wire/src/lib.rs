//! How sources reach their registries: a byte stream over TCP or TLS, and one HTTP/1.1 request on it.
//!
//! For the crates of sources; programs that use them need not know this one.

mod error;
#[cfg(feature = "http1")]
mod http1;
mod stream;
mod tls;

pub use error::WireError;
#[cfg(feature = "http1")]
pub use http1::{Answer, Http1};
pub use stream::{Stream, connect};
pub use tls::Tls;
