//! What `build.rs` generated; the house's lints do not apply to it.

/// The client and server of `grpc.examples.echo.Echo`.
#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    clippy::pedantic
)]
pub(crate) mod echo {
    include!(concat!(env!("OUT_DIR"), "/grpc.examples.echo.Echo.rs"));
}

/// The client and server of `grpc.health.v1.Health`.
#[allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    clippy::pedantic
)]
pub(crate) mod health {
    include!(concat!(env!("OUT_DIR"), "/grpc.health.v1.Health.rs"));
}
