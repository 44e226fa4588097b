//! What is to be discovered, as a URI.

mod percent;
mod redact;
mod server;
#[expect(clippy::module_inception, reason = "the folder's main type")]
mod target;
mod text;

pub(crate) use percent::decode;
pub use server::Server;
pub use target::{BadTarget, Target};
pub use text::TargetText;

#[cfg(test)]
mod tests;
