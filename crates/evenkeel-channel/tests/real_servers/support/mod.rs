//! Servers, channels and loads for the tests.

mod case;
mod certificates;
mod child;
mod commands;
mod load;
mod raw;
mod server;

pub(crate) use case::{Case, Stack, on_every_server, static_target, within};
pub(crate) use certificates::{Authority, Identity};
pub(crate) use child::{Child, python};
pub(crate) use load::{Load, fixed, name_of};
pub(crate) use raw::{Raw, established};
pub(crate) use server::{Server, Setup, reserved};

pub(crate) type Client = evenkeel_echo::echo_client::EchoClient<evenkeel_channel::Channel>;

/// A request with this text.
pub(crate) fn say(text: impl Into<String>) -> evenkeel_echo::EchoRequest {
    evenkeel_echo::EchoRequest { message: text.into() }
}
