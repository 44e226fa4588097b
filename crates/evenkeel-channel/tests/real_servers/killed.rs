use crate::support::{Case, Load, Setup, name_of, on_every_server, say};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use tonic::Code;

on_every_server! {
    /// C 51, E 85.
    a_killed_server_fails_only_the_calls_in_flight_on_it;
}

const CALLERS: usize = 12;

async fn a_killed_server_fails_only_the_calls_in_flight_on_it(case: Case) {
    let setup = || Setup { process: true, ..Setup::default() };
    let (first, mut victim, last) =
        tokio::join!(case.server_with(setup()), case.server_with(setup()), case.server_with(setup()));
    let mut client = case.client(&[&first, &victim, &last]);
    let mut seen = BTreeSet::new();
    while seen.len() < 3 {
        seen.insert(name_of(&client.unary_echo(say("hi")).await.unwrap().into_inner().message).to_owned());
    }
    let load =
        Load::new().with(&client, CALLERS - 4, |_| "fast".into()).with(&client, 4, |_| "#sleep 20".into());
    tokio::time::sleep(Duration::from_millis(300)).await;
    victim.child().kill();
    let killed = Instant::now();
    tokio::time::sleep(Duration::from_millis(800)).await;
    let tally = load.stop().await;

    assert_eq!(tally.answered.len(), 3, "all three served before: {:?}", tally.answered);
    for failed in &tally.failed {
        assert_eq!(failed.status.code(), Code::Unavailable, "{failed:?}");
        assert!(!failed.status.message().is_empty(), "{failed:?}");
        assert!(failed.ended > killed, "{failed:?}");
    }
    // One call a caller is in flight at a time, and who has seen a call fail knows that the connection is gone.
    assert!(tally.failed.len() <= CALLERS, "{} failed: {:#?}", tally.failed.len(), tally.failed);
    let noticed = tally.failed.iter().map(|failed| failed.ended).min();
    for failed in &tally.failed {
        assert!(noticed.is_some_and(|noticed| failed.started <= noticed), "{failed:?}");
    }
    assert!(tally.last_start[&victim.address] < killed, "no call that was started later was answered by it");
    for alive in [&first, &last] {
        assert!(tally.last_start[&alive.address] > killed + Duration::from_millis(500));
    }
}
