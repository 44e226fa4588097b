//! One watch of a target: all keys once, then what becomes of them.

mod load;
mod records;
mod session;

pub(crate) use session::Session;
