//! Instance mode: the policy says where each call goes, and this program connects by itself.
use custom_round_robin::CustomRoundRobin;
use evenkeel::{Balancer, CallSpec, core::Outcome, policies};
use std::{env, error::Error, io::Write, net::TcpStream};

fn main() -> Result<(), Box<dyn Error>> {
    let mut addresses: Vec<String> = env::args().skip(1).collect();
    if addresses.is_empty() {
        addresses = ["127.0.0.1:50050", "127.0.0.1:50051"].map(String::from).to_vec();
    }
    let balancer = Balancer::builder(format!("static:///{}", addresses.join(",")))
        .registry(policies::registry().with::<CustomRoundRobin>()?)
        .policy("custom_round_robin")
        .build()?;
    let mut out = std::io::stdout();
    for _ in 0..9 {
        let mut attempts = balancer.pick(&CallSpec::new())?;
        while let Some(attempt) = attempts.next() {
            match TcpStream::connect(attempt.name()) {
                Ok(_) => {
                    writeln!(out, "connected to {}", attempt.name())?;
                    attempt.end(Outcome::Success);
                    break;
                }
                // The next attempt goes to the other one.
                Err(error) => {
                    writeln!(out, "{}: {error}", attempt.name())?;
                    attempt.unsent();
                }
            }
        }
    }
    Ok(())
}
