//! What is to be discovered, as a URI.

mod redact;
mod server;
#[expect(clippy::module_inception, reason = "the folder's main type")]
mod target;
mod text;

pub use server::Server;
pub(crate) use target::decode;
pub use target::{BadTarget, Target};
pub use text::TargetText;
