use super::{CallArgs, settle::Settling, tls};
use crate::cli::{Chosen, CliError};
use evenkeel::{Channel, Registry, Sources};
use std::time::Duration;

/// The least keepalive interval (gRFC A8).
const LEAST_KEEPALIVE: Duration = Duration::from_secs(10);

/// The channel that the flags ask for, and who knows when it has settled.
pub(super) fn channel(
    args: &CallArgs,
    sources: Sources,
    registry: Registry,
    chosen: Chosen,
) -> Result<(Channel, Settling), CliError> {
    let (choice, settling) = Settling::watch(chosen.choice);
    let mut builder = Channel::builder(&args.target).sources(sources).registry(registry).choice(choice);
    if let Some(json) = chosen.other_config {
        builder = builder.service_config(json);
    }
    if let Some(authority) = &args.authority {
        builder = builder.authority(authority);
    }
    if let Some(interval) = args.keepalive {
        if interval < LEAST_KEEPALIVE {
            return Err(CliError::flag(
                "--keepalive",
                "at least 10s: servers end connections that ping more often",
            ));
        }
        builder = builder.keepalive(interval);
    }
    if let Some(config) = tls::config(args)? {
        builder = builder.tls(config);
    }
    Ok((builder.build()?, settling))
}
