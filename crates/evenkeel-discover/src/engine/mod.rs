//! What is done once above all sources: one watch for each target, shared by its users; the last good set through any error;
//! back-off; limits; addresses that may not be dialled; protection against a sudden shrink; an age limit.

mod admission;
mod expiry;
mod feed;
mod ip;
mod known;
mod limits;
mod opened;
mod settings;
mod shared;
mod shrink;

pub use admission::Addresses;
pub use known::Known;
pub(crate) use limits::tags_fit;
pub(crate) use opened::Opened;
pub use settings::Settings;
pub use shared::Follow;
pub(crate) use shared::Live;
pub use shrink::ShrinkGuard;
