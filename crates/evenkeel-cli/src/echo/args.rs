//! The flags of `keel echo`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use evenkeel::AnyRegistrar;
use evenkeel_echo::health::ServingStatus;
use tonic::Code;

use super::address::Address;
use super::faults::Pause;
use super::register;
use super::values;
use crate::duration;

/// Serve grpc-go's echo service, gRPC health and GET / on one port.
///
/// A call is answered with "MESSAGE (from ADDRESS)". Ctrl-C or SIGTERM lets the calls in flight finish, for at most 10 s;
/// SIGUSR1 toggles the health; with --register, SIGUSR2 drains the server by weight 0, and again takes that back.
#[derive(Clone, Debug, Args)]
pub(crate) struct EchoArgs {
    /// Where to listen.
    #[arg(
        long,
        value_name = "ADDRESS",
        help = "Where to listen: HOST:PORT (port 0 takes a free one) or unix:/path"
    )]
    pub(super) listen: Address,

    /// The address shown in answers, if not the one listened on
    #[arg(long, value_name = "ADDRESS")]
    pub(super) advertise: Option<Address>,

    /// A name shown in answers in place of the address
    #[arg(long, value_name = "N")]
    pub(super) name: Option<String>,

    /// Wait this long before each answer, as in 5ms or 1.5s
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0", hide_default_value = true)]
    pub(super) delay: Duration,

    /// Wait up to this much longer, at random
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0", hide_default_value = true)]
    pub(super) jitter: Duration,

    /// Fail this share of the calls at once, from 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = values::share, default_value = "0", hide_default_value = true)]
    pub(super) fail_rate: f64,

    /// The gRPC code that calls fail with; HTTP requests fail with 503
    #[arg(long, value_name = "CODE", value_parser = values::failure, default_value = "UNAVAILABLE")]
    pub(super) fail_code: Code,

    /// Stall all answers for LENGTH at the end of every PERIOD, as in 500ms/5s
    #[arg(long, value_name = "LENGTH/PERIOD")]
    pub(super) pause: Option<Pause>,

    /// Send each connection a graceful GOAWAY at this age, give or take 10 %
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    pub(super) max_age: Option<Duration>,

    /// Let a connection have at most N calls at a time; without it, any number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) max_streams: Option<u32>,

    /// The health reported at first
    #[arg(long, value_enum, value_name = "STATUS", default_value = "SERVING")]
    pub(super) health: Health,

    /// Serve TLS with this PEM certificate chain
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(super) tls_cert: Option<PathBuf>,

    /// The certificate's private key, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(super) tls_key: Option<PathBuf>,

    /// Register in the registry of a target while serving.
    #[arg(
        long,
        value_name = "TARGET",
        value_parser = register::registrar,
        help = "Register while serving, as in etcd://127.0.0.1:2379/services/echo; the address is that of --advertise, or \
                the one listened on"
    )]
    pub(super) register: Option<Arc<AnyRegistrar>>,

    /// The weight to register; 0 is drained [default: 1]
    #[arg(long, value_name = "N")]
    pub(super) weight: Option<u32>,

    /// A tag to register; may be repeated
    #[arg(long = "tag", value_name = "K=V", value_parser = register::tag)]
    pub(super) tags: Vec<(String, String)>,

    /// Print a line on standard error for each connection when it ends
    #[arg(short)]
    pub(super) verbose: bool,
}

/// A health that a server can begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Health {
    /// It takes calls.
    #[value(name = "SERVING")]
    Serving,
    /// It takes none.
    #[value(name = "NOT_SERVING")]
    NotServing,
}

impl From<Health> for ServingStatus {
    fn from(health: Health) -> Self {
        match health {
            Health::Serving => Self::Serving,
            Health::NotServing => Self::NotServing,
        }
    }
}
