//! One watch of a target: all keys once, then what becomes of them.

mod load;
mod records;
mod session;

pub(crate) use session::Session;

/// Why records are not taken.
const TOO_MUCH: &str = "the keys and values are over 256 MiB";
