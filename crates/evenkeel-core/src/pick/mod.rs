//! One call: what a picker may know of it, what it answers, and how the call ended.

mod call;
mod call_info;
mod failure;
mod panic_text;
#[expect(clippy::module_inception, reason = "the folder's main type")]
mod pick;
mod retry;

pub use call::{Call, Ended, Outcome, Track};
pub use call_info::{CallInfo, Metadata, below, mix};
pub use failure::{Failure, FailureKind, SharedError};
pub use panic_text::panic_text;
pub use pick::{Pick, Picker};
pub use retry::{untried, untried_weighted};
