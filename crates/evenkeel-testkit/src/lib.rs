//! For tests: scripted discovery, a network in memory, and the suite that every policy must pass.
//!
//! Nothing here waits on real time: run under a paused tokio clock (`#[tokio::test(start_paused = true)]`), a test of hours
//! takes milliseconds and gives the same answer each time.

mod discovery;
pub mod network;
pub mod policy_suite;

pub use discovery::Script;
pub use network::Network;
