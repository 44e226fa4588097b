//! `keel resolve --watch --json`, read as it speaks.

use crate::common::command;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    process::Child,
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

/// A watch of a target by the command, ended with the test.
pub(crate) struct Watched {
    child: Child,
    lines: Receiver<Value>,
    /// All that it said.
    pub(crate) seen: Vec<Value>,
}

impl Watched {
    pub(crate) fn start(target: &str) -> Self {
        let mut child = command(&["resolve", target, "--watch", "--json"]).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (told, lines) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if told.send(serde_json::from_str(&line).unwrap()).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, seen: Vec::new() }
    }

    /// Waits for a version like this, no longer than `limit`.
    ///
    /// Panics with all that was said if there is none.
    pub(crate) fn until(&mut self, what: &str, limit: Duration, is_it: impl Fn(&Value) -> bool) -> &Value {
        let end = Instant::now() + limit;
        if !self.seen.last().is_some_and(&is_it) {
            loop {
                match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                    Ok(line) => self.seen.push(line),
                    Err(RecvTimeoutError::Timeout) => {
                        panic!("{what}: not within {limit:?}: {:#?}", self.seen)
                    }
                    Err(RecvTimeoutError::Disconnected) => panic!("{what}: it ended: {:#?}", self.seen),
                }
                if self.seen.last().is_some_and(&is_it) {
                    break;
                }
            }
        }
        self.seen.last().unwrap()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The instances of a version: address and weight, sorted.
pub(crate) fn instances(version: &Value) -> Vec<(String, u64)> {
    let one = |i: &Value| (i["addresses"][0].as_str().unwrap().to_owned(), i["weight"].as_u64().unwrap());
    let mut all: Vec<_> = version["instances"].as_array().unwrap().iter().map(one).collect();
    all.sort();
    all
}
