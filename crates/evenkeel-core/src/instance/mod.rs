//! What discovery knows: instances, and whole sets of them.

mod address;
mod change;
mod dropped;
#[expect(clippy::module_inception, reason = "the folder's main type")]
mod instance;
mod interleave;
mod memo;
mod snapshot;

pub use address::{Address, BadAddress};
pub use change::Change;
pub use dropped::{Dropped, printable};
pub use instance::{Instance, Key, Slot};
pub use interleave::interleave;
pub use memo::Memo;
pub use snapshot::Snapshot;
