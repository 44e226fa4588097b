//! Connection mode.
pub mod call;
pub mod http2;
pub mod transport;
