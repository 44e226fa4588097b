//! From a name to its records: whom to ask, which names to try, aliases, time limits.

mod addresses;
mod aliases;
mod ask;
mod glue;
mod hosts;
mod lookup;
mod remembered;
mod server;
mod servers;
#[cfg(test)]
pub(crate) mod stub;

pub(crate) use addresses::Addresses;
pub(crate) use aliases::Found;
pub(crate) use ask::{Answer, Ask, question};
pub(crate) use glue::Glue;
pub(crate) use hosts::Hosts;
pub(crate) use lookup::{LIMIT, Resolver};
pub(crate) use remembered::Remembered;
pub(crate) use servers::Servers;
#[cfg(test)]
mod tests;
