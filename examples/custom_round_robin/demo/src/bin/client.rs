//! Calls two servers through `custom_round_robin`: 127.0.0.1:50050 and :50051, or the two addresses given.

use custom_round_robin::CustomRoundRobin;
use evenkeel::{Channel, policies};
use evenkeel_echo::{EchoRequest, echo_client::EchoClient};
use std::{env, error::Error, io::Write, process::ExitCode};

/// The policy is chosen by its name, as any other.
const CONFIG: &str = r#"{"loadBalancingConfig": [{"custom_round_robin": {"chooseSecond": 3}}]}"#;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut addresses: Vec<String> = env::args().skip(1).collect();
    if addresses.is_empty() {
        addresses = ["127.0.0.1:50050", "127.0.0.1:50051"].map(str::to_owned).to_vec();
    }
    let channel = Channel::builder(format!("static:///{}", addresses.join(",")))
        .registry(policies::registry().with::<CustomRoundRobin>()?)
        .service_config(CONFIG)
        .connect()
        .await?;
    let mut client = EchoClient::new(channel);
    // Until both servers are connected, all calls go to the one that is.
    let first = call(&mut client).await?;
    for _ in 0..100 {
        if call(&mut client).await? != first {
            break;
        }
    }
    for n in 1..=12 {
        writeln!(std::io::stdout(), "{n:>2}  {}", call(&mut client).await?)?;
    }
    Ok(())
}

async fn call(client: &mut EchoClient<Channel>) -> Result<String, Box<dyn Error>> {
    let request = EchoRequest { message: "this is examples/custom_round_robin".to_owned() };
    Ok(client.unary_echo(request).await?.into_inner().message)
}
