//! The server's entry in a registry: there while it serves, drained on request, gone before it stops.

use std::{net::SocketAddr, sync::Arc};

use evenkeel::discover::BadTarget;
use evenkeel::{Address, AnyRegistrar, Instance, RegisterError, Registrar, Registration};
use tokio::signal::unix::Signal;

use super::EchoArgs;
use super::address::Address as Listened;
use super::error::EchoError;

/// A server that is registered.
pub(super) struct Registered {
    registration: Registration,
    instance: Instance,
}

/// Registers the server, if the arguments ask for it: call this once it accepts.
pub(super) async fn register(args: &EchoArgs, listened: &Listened) -> Result<Option<Registered>, EchoError> {
    let Some(registrar) = &args.register else { return Ok(None) };
    let instance = instance(args, listened)?;
    let registration = registrar.register(&instance).await.map_err(EchoError::Register)?;
    Ok(Some(Registered { registration, instance }))
}

/// What arguments say of the registration, checked before anything is begun.
pub(super) fn check(args: &EchoArgs) -> Result<(), EchoError> {
    match &args.register {
        None if args.weight.is_some() => Err(EchoError::NeedsRegister("--weight")),
        None if !args.tags.is_empty() => Err(EchoError::NeedsRegister("--tag")),
        None => Ok(()),
        Some(_) => match (&args.advertise, &args.listen) {
            (Some(advertised), _) => address(advertised).map(drop),
            (None, Listened::Tcp(text)) if is_everywhere(text) => Err(EchoError::Advertise(text.clone())),
            // Its port may not be chosen yet.
            (None, _) => Ok(()),
        },
    }
}

/// Whether it is all addresses of the machine, which are none to connect to.
fn is_everywhere(text: &str) -> bool {
    text.parse().is_ok_and(|at: SocketAddr| at.ip().is_unspecified())
}

/// The address that others connect to.
fn address(shown: &Listened) -> Result<Address, EchoError> {
    let shown = shown.to_string();
    shown.parse().ok().filter(|_| !is_everywhere(&shown)).ok_or(EchoError::Advertise(shown))
}

fn instance(args: &EchoArgs, listened: &Listened) -> Result<Instance, EchoError> {
    let address = address(args.advertise.as_ref().unwrap_or(listened))?;
    let tags = args.tags.iter().map(|(key, value)| (key.as_str().into(), value.as_str().into())).collect();
    Ok(Instance::from(address).with_weight(args.weight.unwrap_or(1)).with_tags(tags))
}

impl Registered {
    /// Drains the server at the first signal, by weight 0, and takes that back at the next; for ever.
    pub(super) async fn toggle(&self, signals: &mut Signal) {
        let mut drained = false;
        loop {
            signals.recv().await;
            drained = !drained;
            let weight = if drained { 0 } else { self.instance.weight() };
            if let Err(error) = self.registration.update(&self.instance.clone().with_weight(weight)).await {
                warn(&error);
            }
        }
    }

    /// Takes the server out of the registry, so that no call comes any more; the lease does it where that fails.
    pub(super) async fn leave(&self) {
        if let Err(error) = self.registration.deregister().await {
            warn(&error);
        }
    }
}

#[expect(clippy::print_stderr, reason = "the server goes on, and who runs it should know")]
fn warn(error: &RegisterError) {
    eprintln!("warning: --register: {}", crate::cli::plain(&error.to_string()));
}

/// Reads the target of a registration.
pub(super) fn registrar(text: &str) -> Result<Arc<AnyRegistrar>, BadTarget> {
    Ok(Arc::new(evenkeel::registrar(&text.parse()?)?))
}

/// Reads `KEY=VALUE`.
pub(super) fn tag(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE"),
    }
}
