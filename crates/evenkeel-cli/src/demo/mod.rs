//! `keel demo`: a policy at work, and servers that come and go under load.

mod callers;
mod error;
mod part;
mod server;

pub(crate) use error::DemoError;

use crate::{
    call::{Answer, Template, exchange},
    cli::{self, CliError, Stop, Verdict, registry},
};
use evenkeel::{Channel, core::Code};
use part::{How, Part};
use server::Server;
use std::sync::Arc;

/// The policy is chosen like any other: by name, in a service config.
const CONFIG: &str = r#"{"loadBalancingConfig":[{"custom_round_robin":{"chooseSecond":3}}]}"#;
/// How many calls may pass before both servers are connected.
const WARM_UP: usize = 500;
/// How many calls are shown, and where they should go: every third one to the second server.
const SEQUENCE: [usize; 12] = [1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2];

/// Shows it all; the servers end with it, however it ends.
pub(crate) async fn run() -> Result<Verdict, CliError> {
    let stop = Stop::new()?;
    tokio::select! {
        verdict = show() => verdict,
        () = stop.wait() => {
            cli::print("\ninterrupted\n")?;
            Ok(Verdict::Bad)
        }
    }
}

async fn show() -> Result<Verdict, CliError> {
    let mut servers = [Server::start("127.0.0.1:0").await?, Server::start("127.0.0.1:0").await?];
    let [first, second] = servers.each_ref().map(Server::address);
    cli::print(format_args!(
        "Two echo servers, and custom_round_robin, which sends every third call to the second:\n\n  \
         1  {first}\n  2  {second}\n\n"
    ))?;
    let target = format!("static:///{first},{second}");
    let channel = Channel::builder(target).registry(registry()).service_config(CONFIG).build()?;
    let template = Arc::new(Template::echo("demo").ok_or(DemoError::Request)?);
    connected(&channel, &template, &servers).await?;
    let order = sequence(&channel, &template, &servers).await?;
    let numbers: Vec<_> = order.iter().map(usize::to_string).collect();
    cli::print(format_args!("{} calls went to  {}\n\n{}", order.len(), numbers.join(" "), Part::HEAD))?;
    let mut problems = Vec::new();
    if order != SEQUENCE {
        problems.push("the sequence is not 1 1 2".to_owned());
    }
    for how in [How::Stopped, How::Killed] {
        let part = Part::play(how, &channel, &template, &mut servers[0]).await?;
        cli::print(&part)?;
        problems.extend(part.problem());
    }
    finish(&problems)
}

/// Calls until a whole round of three was answered: from then on both are connected, and the next call begins another. While only one
/// server is connected, be it the first or the second, it answers all.
async fn connected(channel: &Channel, template: &Template, servers: &[Server; 2]) -> Result<(), DemoError> {
    let mut order = Vec::new();
    for _ in 0..WARM_UP {
        order.push(place(&exchange(channel, template).await, servers)?);
        if order.ends_with(&SEQUENCE[..3]) {
            return Ok(());
        }
    }
    Err(DemoError::OneOnly(WARM_UP))
}

/// Who answers one call after the other.
async fn sequence(
    channel: &Channel,
    template: &Template,
    servers: &[Server; 2],
) -> Result<Vec<usize>, DemoError> {
    let mut order = Vec::new();
    while order.len() < SEQUENCE.len() {
        order.push(place(&exchange(channel, template).await, servers)?);
    }
    Ok(order)
}

/// The number of the server that answered.
fn place(answer: &Answer, servers: &[Server; 2]) -> Result<usize, DemoError> {
    let peer = answer.served.as_ref().map(|served| served.peer.address.to_string());
    let place = servers.iter().position(|server| Some(server.address()) == peer.as_deref());
    match place {
        Some(place) if answer.code == Code::Ok => Ok(place + 1),
        _ => Err(DemoError::Call(answer.code, answer.text.clone())),
    }
}

fn finish(problems: &[String]) -> Result<Verdict, CliError> {
    if problems.is_empty() {
        cli::print(
            "\nThe server that was stopped lost nothing: it was drained by GOAWAY. The one that was killed lost\n\
             only the calls it had in hand. Meanwhile all calls went to the other, and both times it came back.\n",
        )?;
    }
    for problem in problems {
        cli::print(format_args!("\nFAILED: {problem}\n"))?;
    }
    Ok(Verdict::good_if(problems.is_empty()))
}
