//! `keel`: try, inspect and demonstrate Evenkeel.

mod call;
mod cli;
mod demo;
mod duration;
mod echo;
mod lint;
mod pick;
mod policies;
mod resolve;
mod sources;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::main().await
}
