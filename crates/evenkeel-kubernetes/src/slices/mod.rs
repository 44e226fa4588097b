//! From the slices of a service to its set of instances.

mod member;
mod members;
mod port;
mod set;
#[cfg(test)]
mod tests;

pub(crate) use port::Wanted;
pub(crate) use set::set;
