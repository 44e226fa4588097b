use crate::support::{Case, Client, Server, Stack, name_of, python, reserved, say, static_target, within};
use std::collections::BTreeMap;

const CALLS: usize = 20;

/// How many of the calls each server got.
fn split(names: &[String]) -> BTreeMap<String, usize> {
    let mut split = BTreeMap::new();
    for name in names {
        *split.entry(name.clone()).or_default() += 1;
    }
    split
}

fn sizes(names: &[String]) -> Vec<usize> {
    let mut sizes: Vec<_> = split(names).into_values().collect();
    sizes.sort_unstable();
    sizes
}

/// Calls until as many servers have answered in a row as are alive, and then twenty more.
async fn ours(mut client: Client, alive: usize) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        let answer = client.unary_echo(say("hi")).await.unwrap().into_inner().message;
        names.push(name_of(&answer).to_owned());
        if names.len() >= alive && split(&names[names.len() - alive..]).len() == alive {
            break;
        }
    }
    names.clear();
    for _ in 0..CALLS {
        let answer = client.unary_echo(say("hi")).await.unwrap().into_inner().message;
        names.push(name_of(&answer).to_owned());
    }
    names
}

/// The same by grpcio's client.
async fn theirs(policy: &str, addresses: &[String], alive: usize) -> Vec<String> {
    let mut command = python("grpcio_client.py");
    command.args([policy, &alive.to_string(), &CALLS.to_string()]).args(addresses);
    let output = within(20, command.kill_on_drop(true).output()).await.unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

async fn compare(policy: &str, addresses: &[String], alive: usize) -> [Vec<String>; 2] {
    let case = Case { stack: Stack::Grpcio, tls: false };
    let channel = case.builder(static_target(addresses)).policy(policy).build().unwrap();
    let (ours, theirs) = (ours(Client::new(channel), alive).await, theirs(policy, addresses, alive).await);
    assert_eq!((ours.len(), theirs.len()), (CALLS, CALLS));
    assert_eq!(sizes(&ours), sizes(&theirs), "{policy}: ours {ours:?}, theirs {theirs:?}");
    [ours, theirs]
}

fn assert_rotation(names: &[String], alive: usize) {
    for window in names.windows(alive) {
        assert_eq!(split(window).len(), alive, "{names:?}");
    }
}

async fn three() -> [Server; 3] {
    let server = || Case { stack: Stack::Grpcio, tls: false }.server();
    tokio::join!(server(), server(), server()).into()
}

/// gRPC cases 19, 20 and 1: the same calls by grpcio's client and ours.
#[tokio::test]
async fn calls_are_split_as_grpcio_splits_them() {
    let servers = three().await;
    let mut addresses = servers.each_ref().map(|server| server.address.clone());
    for names in compare("round_robin", &addresses, 3).await {
        assert_rotation(&names, 3);
    }
    let (dead, _socket) = reserved();
    addresses[0] = dead;
    for names in compare("round_robin", &addresses, 2).await {
        assert_rotation(&names, 2);
    }
    for names in compare("pick_first", &addresses, 1).await {
        assert_eq!(names, vec![addresses[1].clone(); CALLS]);
    }
}
