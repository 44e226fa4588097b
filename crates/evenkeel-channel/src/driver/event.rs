use crate::transport::{Closed, ConnectError};
use evenkeel_core::{Address, EndpointId};
use std::time::Duration;
use tokio::sync::oneshot;

/// What the driver is told.
#[derive(Debug)]
pub(crate) enum Event<C> {
    /// An attempt to connect has ended.
    Dialed(EndpointId, Address, Result<C, ConnectError>),
    /// The connection with that serial takes no more calls.
    Lost(EndpointId, u64, Closed),
    /// A pick wants this idle endpoint connected.
    Nudge(EndpointId),
    /// A call, or the user, wants the channel out of idleness.
    Wake,
    /// The user closes the channel: calls get that long to end.
    Close(Duration, oneshot::Sender<()>),
}
