//! The demonstration itself.

mod common;

use common::{Run, command, keel};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    io::{BufRead, BufReader},
    net::TcpStream,
    time::{Duration, Instant},
};

/// The servers' addresses, as printed.
fn servers(lines: impl Iterator<Item = String>) -> Vec<String> {
    let address = |line: String| {
        line.trim_start().strip_prefix(['1', '2'])?.trim().parse().ok().map(|a: std::net::SocketAddr| a)
    };
    lines.filter_map(address).map(|a| a.to_string()).take(2).collect()
}

fn assert_gone(servers: &[String]) {
    assert_eq!(servers.len(), 2);
    let deadline = Instant::now() + Duration::from_secs(5);
    for server in servers {
        while TcpStream::connect(server).is_ok() {
            assert!(Instant::now() < deadline, "{server} is still there");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// C 45, C 46: what is stopped loses nothing, what is killed loses what it had in hand.
#[test]
fn it_shows_what_it_says_and_leaves_no_server_behind() {
    let run = keel(&["demo"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:?}");
    assert!(run.stdout.contains("1 1 2 1 1 2 1 1 2"), "{run:?}");
    let line = |how: &str| {
        let line = run.stdout.lines().find(|line| line.contains(how)).expect("a line for each part");
        let number = |word: &str| word.trim_end_matches(',').parse::<u64>().ok();
        line.split_whitespace().filter_map(number).collect::<Vec<_>>()
    };
    let (stopped, killed) = (line("SIGTERM"), line("SIGKILL"));
    assert!(stopped[0] > 100 && stopped[1] == 0, "{run:?}");
    assert!(killed[0] > 100 && killed[1] <= killed[2] && killed[2] <= 8, "{run:?}");
    assert_gone(&servers(run.stdout.lines().map(str::to_owned)));
}

#[test]
fn interrupted_it_leaves_no_server_behind() {
    let mut child = command(&["demo"]).spawn().expect("keel runs");
    let lines = BufReader::new(child.stdout.as_mut().expect("a pipe")).lines().map_while(Result::ok);
    let servers = servers(lines);
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a pid");
    kill_process(pid, Signal::INT).expect("it is ours");
    let run = Run::from(child.wait_with_output().expect("it ends"));
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""), "{run:?}");
    assert_gone(&servers);
}
