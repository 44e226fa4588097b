//! The one task of a channel: it folds whatever is ready into one update of the policy tree and one publication, then dials
//! and closes.

mod dials;
mod event;
mod front;
mod pace;
mod run;

pub(crate) use event::Event;
pub(crate) use front::{Front, Handle, InFlight, Publication};
pub(crate) use run::{Driver, Parts};

use std::time::Instant;

/// The time, which tests may hold still.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
