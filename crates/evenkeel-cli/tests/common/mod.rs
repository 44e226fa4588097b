//! The real `keel`, run as people run it.

#![allow(dead_code, unreachable_pub, reason = "each test file includes all of this and uses some of it")]

use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Output, Stdio},
};

/// What a run of `keel` has come to.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// The JSON on standard output.
    pub fn json(&self) -> Value {
        let json = serde_json::from_str(&self.stdout);
        assert!(json.is_ok(), "no JSON: {self:?}");
        json.expect("it was checked")
    }

    /// Exit code 2, nothing on standard output, and a text of at most three lines that says this.
    pub fn refused_with(&self, text: &str) {
        assert_eq!((self.code, self.stdout.as_str()), (Some(2), ""), "{self:?}");
        assert!((1..=3).contains(&self.stderr.lines().count()), "{self:?}");
        assert!(self.stderr.starts_with("error: ") && self.stderr.contains(text), "want {text:?}: {self:?}");
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// The command, with these arguments.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keel"));
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs `keel` to its end.
pub fn keel(args: &[&str]) -> Run {
    command(args).output().expect("keel runs").into()
}

/// Runs `keel` with this on standard input.
pub fn keel_reading(input: &str, args: &[&str]) -> Run {
    let mut child = command(args).stdin(Stdio::piped()).spawn().expect("keel runs");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("it ends").into()
}

/// A `keel echo` that ends with the test.
#[derive(Debug)]
pub struct Echo {
    child: Child,
    pub address: String,
}

impl Echo {
    /// Listens on a free port of the loopback.
    pub fn start(args: &[&str]) -> Self {
        Self::listen("127.0.0.1:0", args)
    }

    pub fn listen(address: &str, args: &[&str]) -> Self {
        let mut child = command(&[&["echo", "--listen", address], args].concat()).spawn().expect("keel runs");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("it speaks");
        let address = line.trim_end().strip_prefix("listening on ").expect("it listens").to_owned();
        Self { child, address }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it ends");
    }
}

/// A static target of these servers.
pub fn target(servers: &[&Echo]) -> String {
    let addresses: Vec<_> = servers.iter().map(|server| server.address.as_str()).collect();
    format!("static:///{}", addresses.join(","))
}
