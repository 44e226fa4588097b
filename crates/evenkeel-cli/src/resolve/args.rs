use crate::cli;
use clap::Args;
use std::time::Duration;

/// Show the instances of a target, now or as they change
#[derive(Debug, Args)]
#[command(
    after_help = "Exit code 1 means that there was no answer in time. Any target takes ?limit=N, ?addresses=strict, \
                  ?max_stale=60s and ?shrink_guard=0.5; keel sources lists what else each can have."
)]
pub(crate) struct ResolveArgs {
    #[arg(value_name = "TARGET", help = "The service, such as etcd://127.0.0.1:2379/services/echo")]
    pub(super) target: String,

    /// Go on, and show each change as it comes
    #[arg(long)]
    pub(super) watch: bool,

    /// With --watch, end after this long, as in 10s
    #[arg(long = "for", value_name = "TIME", value_parser = cli::positive, requires = "watch")]
    pub(super) duration: Option<Duration>,

    /// How long to wait for the first answer
    #[arg(long, value_name = "TIME", value_parser = cli::positive, default_value = "5s")]
    pub(super) timeout: Duration,

    /// Print JSON: one object a line for each version
    #[arg(long)]
    pub(super) json: bool,
}
