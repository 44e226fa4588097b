//! x
mod instance { mod address; pub use address::*; }
pub use instance::*;
