//! `keel resolve` without an answer, and without a reader.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{command, keel};
use evenkeel_servers::Folder;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    fs::read_to_string,
    io::{BufRead, BufReader},
    process::Child,
    thread::sleep,
    time::{Duration, Instant},
};

const MISSING: &str = "file:///no/such/file.json";

/// Waits until the process catches SIGINT.
fn until_ready(child: &Child) {
    let began = Instant::now();
    loop {
        let status = read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        if u64::from_str_radix(caught.trim(), 16).unwrap() & 1 << (Signal::INT.as_raw() - 1) != 0 {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{status}");
        sleep(Duration::from_millis(5));
    }
}

/// Ctrl-C still prints what was done: nothing so far, which is exit code 1.
#[test]
fn stopped_before_the_first_answer_it_says_so() {
    let child = command(&["resolve", MISSING, "--json", "--timeout", "60s"]).spawn().unwrap();
    until_ready(&child);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["version"], &told["instances"]), (&0.into(), &serde_json::json!([])));
    let text = told["error"]["text"].as_str().unwrap();
    assert!(text.starts_with("stopped before the first answer"), "{text}");
}

#[test]
fn no_answer_names_the_time_that_was_waited() {
    let run = keel(&["resolve", MISSING, "--json", "--timeout", "60s", "--watch", "--for", "200ms"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let error = run.json()["error"]["text"].as_str().unwrap().to_owned();
    assert!(error.starts_with("no answer within 200ms: "), "{error}");
}

/// As behind `| head -1`: it ends with the first line that nobody reads.
#[test]
fn a_watch_ends_when_its_reader_is_gone() {
    let folder = Folder::new("resolve");
    let write = |port: u32| folder.file("x.json", &format!("[\"127.0.0.1:{port}\"]"));
    write(1);
    let target = format!("file://{}", folder.path().join("x.json").display());
    let mut child = command(&["resolve", &target, "--watch", "--json"]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let began = Instant::now();
    let status = (2..).find_map(|port| {
        write(port);
        sleep(Duration::from_millis(100));
        assert!(began.elapsed() < Duration::from_secs(10), "it goes on");
        child.try_wait().unwrap()
    });
    assert_eq!(status.unwrap().code(), Some(0));
}
