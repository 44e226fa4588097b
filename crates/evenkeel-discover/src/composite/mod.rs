//! Sources made of other sources: several merged, the first that answers, and some of one's instances.

mod failing;
mod filter;
mod first;
mod list;
mod merge;
mod nested;
mod only;
mod part;
mod parts;
mod schemes;

pub use filter::{BadFilter, Filter};
pub use first::{Preferred, first};
pub use merge::{Merged, merge};
pub use only::{Only, only};
pub use schemes::Composite;
