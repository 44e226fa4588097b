use crate::support::{Case, fixed, on_every_server, reserved, static_target};
use evenkeel_echo::echo_client::EchoClient;

on_every_server! {
    /// C 48, gRPC case 20.
    one_instance_of_three_dead_fails_no_call;
}

async fn one_instance_of_three_dead_fails_no_call(case: Case) {
    let (first, second) = (case.server().await, case.server().await);
    let (dead, _socket) = reserved();
    let channel = case.builder(static_target([&first.address, &dead, &second.address])).build().unwrap();
    let tally = fixed(&EchoClient::new(channel), 8, 10_000).await;
    tally.assert_none_failed();
    assert_eq!(tally.total(), 10_000);
    let shares = tally.answered.values().copied().collect::<Vec<_>>();
    assert!(shares.len() == 2 && shares.iter().all(|share| *share > 4_000), "{shares:?}");
}
