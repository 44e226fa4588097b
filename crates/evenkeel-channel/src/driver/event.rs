use crate::transport::{Closed, ConnectError};
use evenkeel_core::{Address, EndpointId};
use std::time::Duration;
use tokio::sync::oneshot;

/// What the driver is told.
#[derive(Debug)]
pub(crate) enum Event<C> {
    /// The attempt with that serial has ended.
    Dialed(EndpointId, Address, u64, Result<C, ConnectError>),
    /// The connection that came of the attempt with that serial takes no more calls.
    Lost(EndpointId, u64, Closed),
    /// A pick wants this idle endpoint connected.
    Nudge(EndpointId),
    /// A call, or the user, wants the channel out of idleness.
    Wake,
    /// The user closes the channel: calls get that long to end.
    Close(Duration, oneshot::Sender<()>),
}
