//! Where instances come from.
//!
//! A [`Discover`] yields whole sets of instances for a [`Target`], and nothing else: sharing, back-off, the last good set and limits
//! are written once, above all sources, in [`Source::follow`]. [`Sources`] finds the source for a target's scheme. A [`Registrar`] is
//! the other half: it puts instances where a source finds them.

mod composite;
mod discover;
mod engine;
mod error;
mod gather;
mod manual;
mod once;
mod poll;
mod record;
mod registrar;
mod sources;
mod static_list;
mod target;
mod waiting;
mod watching;

pub use composite::{BadFilter, Composite, Filter, Merged, Only, Preferred, first, merge, only};
pub use discover::{Discover, Source, Watch};
pub use engine::{Addresses, Follow, Known, Settings, ShrinkGuard};
pub use error::DiscoverError;
pub use gather::Gather;
pub use manual::Manual;
pub use once::{Once, once};
pub use poll::{Poll, poll};
pub use record::{BadRecord, read_object, read_record, read_u32, write_object, write_record};
pub use registrar::{Lease, RegisterError, RegisterSettings, Registrar, Registration, register};
pub use sources::{SchemeTaken, SourceInfo, Sources};
pub use static_list::{Static, Unix};
pub use target::{BadTarget, Server, Target, TargetText};
pub use waiting::Waiting;
pub use watching::Watching;
