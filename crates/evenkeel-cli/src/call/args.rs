use super::{load::Plan, method::Kind};
use crate::{
    cli::{self, Header, PolicyArgs},
    duration,
};
use clap::Args;
use std::{path::PathBuf, time::Duration};

/// What grpc-go's example client sends.
const GREETING: &str = "this is examples/customloadbalancing";

/// What stands below the flags.
const NOTES: &str = "\
Connections are made first, for at most 1 s or the deadline. While none can be made a call fails at once, unless it waits
for ready. It is sent again only if the server provably did not see it. Ctrl-C ends the run and prints the summary.";

/// Call a service: who got how many calls, how fast, what failed
#[derive(Debug, Args)]
#[command(after_help = NOTES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct CallArgs {
    #[arg(value_name = "TARGET", help = "The service, such as static:///127.0.0.1:50050,127.0.0.1:50051")]
    pub(super) target: String,

    #[command(flatten)]
    pub(super) policy: PolicyArgs,

    /// How many calls to make
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,

    /// Call for so long instead, as in 10s, and then wait for the calls in flight
    #[arg(long = "for", value_name = "TIME", value_parser = cli::positive, conflicts_with = "count")]
    length: Option<Duration>,

    /// How many calls at a time; 1, or with --rate as many as it takes, up to 10000
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    concurrency: Option<u32>,

    /// Start calls on a schedule, so many a second; latency then counts from the scheduled time
    #[arg(long, value_name = "RPS", value_parser = cli::rate)]
    rate: Option<f64>,

    /// The method; by default that of grpc.examples.echo.Echo for the kind of call
    #[arg(long, value_name = "PKG.SVC/METHOD")]
    pub(super) method: Option<String>,

    /// The kind of call; a stream of requests has 10 messages, as in grpc-go's examples
    #[arg(long, value_enum, value_name = "KIND", default_value = "unary")]
    pub(super) stream: Kind,

    /// The text to send, as field 1 of the request
    #[arg(long, value_name = "TEXT", default_value = GREETING, hide_default_value = true)]
    pub(super) message: String,

    /// A file with the request's bytes, sent as they are
    #[arg(long, value_name = "@FILE", conflicts_with = "message")]
    pub(super) data: Option<String>,

    /// Request metadata; may be repeated
    #[arg(long = "header", value_name = "K:V", value_parser = cli::header)]
    pub(super) headers: Vec<Header>,

    /// The affinity key of all calls, for policies that pick by one
    #[arg(long, value_name = "K")]
    pub(super) key: Option<String>,

    /// The :authority of requests, and the name that TLS verifies; by default the target's
    #[arg(long, value_name = "NAME")]
    pub(super) authority: Option<String>,

    /// No TLS; this is the default
    #[arg(long, conflicts_with_all = ["ca", "cert", "key_file"])]
    plaintext: bool,

    /// TLS, trusting the certificate authorities in this PEM file and no others
    #[arg(long, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,

    /// The client's own certificate chain, in PEM
    #[arg(long, value_name = "FILE", requires_all = ["ca", "key_file"])]
    pub(super) cert: Option<PathBuf>,

    /// The private key of --cert, in PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(super) key_file: Option<PathBuf>,

    /// How long each call may take, as in 1s
    #[arg(long, value_name = "TIME", value_parser = cli::positive)]
    pub(super) deadline: Option<Duration>,

    /// Wait for a connection, up to the deadline, instead of failing at once
    #[arg(long)]
    pub(super) wait_for_ready: bool,

    /// Send a PING after so long without a word from the server; at least 10s
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    pub(super) keepalive: Option<Duration>,

    /// Show who answered each call, in the order of completion
    #[arg(long)]
    pub(super) sequence: bool,

    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

impl CallArgs {
    /// When calls start.
    pub(super) fn plan(&self) -> Plan {
        Plan {
            count: if self.length.is_some() { u64::MAX } else { self.count },
            length: self.length,
            concurrency: self.concurrency,
            rate: self.rate,
            sequence: self.sequence,
        }
    }
}
