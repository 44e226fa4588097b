//! What the hash policies share: where the key comes from, what an instance's identity is, and how the list of a key is walked.

mod by_key;
#[cfg(test)]
pub(super) mod client;
mod identity;
mod key_source;
mod roll;

pub(super) use by_key::{ByKey, Members, Table};
pub(super) use identity::Identity;
pub(super) use key_source::{HASH_SEED, Keys, ON_MISSING_KEY, REQUEST_HASH_HEADER};
pub use key_source::{KeySource, OnMissingKey};
pub(super) use roll::Roll;
