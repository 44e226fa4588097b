//! The little that is needed of the API server: one GET, a list and a watch.

mod body;
mod client;
mod encode;
mod event;
mod list;
mod objects;
mod refusal;

pub(crate) use body::Lines;
pub(crate) use client::Client;
pub(crate) use encode::encode;
pub(crate) use event::Event;
pub(crate) use list::{Listed, MOST_SLICES};
pub(crate) use objects::{Endpoint, Port, Slice, TargetRef, read_slice};
