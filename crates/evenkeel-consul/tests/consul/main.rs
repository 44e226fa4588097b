//! Consul as a source and as a registry, against a fake and, where it can be installed, the real one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

mod access;
mod index;
mod records;
mod registrar;
mod source;
mod support;
mod targets;
#[cfg(feature = "tls")]
mod tls;
mod trouble;

/// Each of these runs against the fake and against the real Consul. Where `ci/servers` could not install the real one, it said so,
/// and the test says so again.
macro_rules! both {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        mod fake {
            $($(#[$doc])* #[tokio::test] async fn $name() { super::$name::<evenkeel_servers::ConsulFake>().await; })*
        }
        mod real {
            $($(#[$doc])* #[tokio::test] async fn $name() {
                if evenkeel_servers::Consul::is_installed() {
                    super::$name::<evenkeel_servers::Consul>().await;
                }
            })*
        }
    };
}
pub(crate) use both;
