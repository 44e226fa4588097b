//! The part of etcd's gRPC API that is used, over one HTTP/2 connection.

mod calls;
mod client;
mod messages;
mod open;
mod tasks;
mod transport;

pub(crate) use client::{Answers, Client};
#[cfg(test)]
pub(crate) use messages::Event;
pub(crate) use messages::{EventKind, KeyValue, Page, RangeRequest, WatchResponse};
pub(crate) use open::{Dialer, first_that_answers};
