//! The server's entry in a registry: there while it serves, drained on request, gone before it stops.

use std::sync::Arc;

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
        _ => Ok(()),
    }
}

fn instance(args: &EchoArgs, listened: &Listened) -> Result<Instance, EchoError> {
    let shown = args.advertise.as_ref().unwrap_or(listened).to_string();
    let address: Address = shown.parse().map_err(|_| EchoError::Advertise(shown.clone()))?;
    if matches!(&address, Address::Tcp(at) if at.ip().is_unspecified()) {
        return Err(EchoError::Advertise(shown));
    }
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
