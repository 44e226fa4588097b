use crate::cli::{self, CliError, Header, PolicyArgs};
use clap::Args;
use std::{io::Read, sync::Arc};

/// Show where calls would go, with no connection made
#[derive(Debug, Args)]
#[command(
    after_help = "Time is virtual: each pick ends before the next, after 1 ms. The same flags give the same picks."
)]
pub(crate) struct PickArgs {
    #[arg(value_name = "TARGET", help = "The service, such as static:///10.0.0.1:80;weight=5,10.0.0.2:80")]
    pub(super) target: String,

    #[command(flatten)]
    pub(super) policy: PolicyArgs,

    /// How many picks; with keys, for each key [default: 10, with keys 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    count: Option<u32>,

    /// An affinity key; may be repeated
    #[arg(long = "key", value_name = "K")]
    keys: Vec<String>,

    /// A file with a key in each line, after those of --key; - is standard input
    #[arg(long = "keys", value_name = "FILE")]
    keys_file: Option<String>,

    /// Request metadata; may be repeated
    #[arg(long = "header", value_name = "K:V", value_parser = cli::header)]
    pub(super) headers: Vec<Header>,

    /// An instance that refuses, so that retries show; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub(super) fail: Vec<String>,

    /// Let no pick end, so that requests in flight show
    #[arg(long)]
    pub(super) hold: bool,

    /// How many attempts each pick has in all
    #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) attempts: u64,

    /// Where random numbers begin
    #[arg(long, value_name = "N", default_value_t)]
    pub(super) seed: u64,

    /// Where rotations begin; 0 is the first of the sequence [default: random, by the seed]
    #[arg(long, value_name = "N")]
    pub(super) start: Option<u32>,

    /// Show which keys would move if the instances became those of this target
    #[arg(long, value_name = "TARGET2")]
    pub(super) against: Option<String>,

    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// The most picks of one run: each is kept until it is printed.
const MOST: usize = 10_000_000;

impl PickArgs {
    /// Whether picks are for keys.
    pub(super) fn has_keys(&self) -> bool {
        !self.keys.is_empty() || self.keys_file.is_some()
    }

    /// The key of each pick, in order.
    pub(super) fn picks(&self) -> Result<impl Iterator<Item = Option<Arc<str>>>, CliError> {
        let (keys, times): (Vec<Option<Arc<str>>>, u32) = if self.has_keys() {
            let text = self.keys_file.as_deref().map(read).transpose()?.unwrap_or_default();
            let keys = self.keys.iter().map(String::as_str).chain(text.lines());
            (keys.map(|key| Some(key.into())).collect(), self.count.unwrap_or(1))
        } else {
            (vec![None], self.count.unwrap_or(10))
        };
        let times = times as usize;
        if keys.len().saturating_mul(times) > MOST {
            let why = format!("{times} for each of {} keys are more than {MOST} picks", keys.len());
            return Err(CliError::flag("--count", why));
        }
        Ok(keys.into_iter().flat_map(move |key| std::iter::repeat_n(key, times)))
    }
}

fn read(file: &str) -> Result<String, CliError> {
    let mut text = String::new();
    let read = match file {
        "-" => std::io::stdin().lock().read_to_string(&mut text).map(|_| text),
        file => std::fs::read_to_string(file),
    };
    read.map_err(|source| CliError::File { flag: "--keys", file: file.to_owned(), source })
}
