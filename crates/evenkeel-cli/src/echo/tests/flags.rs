//! Bad arguments are refused in few words.

use clap::Parser;
use tokio::net::TcpListener;

use super::harness::Command;
use crate::echo::{EchoError, run};

#[test]
fn a_bad_value_is_named_with_its_flag_and_its_bound() {
    for (flag, value, bound) in [
        ("--delay", "5", "us, ms, s, m, h"),
        ("--jitter", "soon", "a number and a unit"),
        ("--fail-rate", "1.5", "from 0 to 1"),
        ("--fail-code", "OK", "other than OK"),
        ("--pause", "5s/500ms", "shorter than the period"),
        ("--max-age", "9000h", "at most 8760h"),
        ("--max-streams", "0", "1.."),
        ("--health", "UNKNOWN", "SERVING, NOT_SERVING"),
        ("--advertise", "here", "HOST:PORT"),
    ] {
        let args = ["echo", "--listen", "127.0.0.1:0", flag, value];
        let text = Command::try_parse_from(args).expect_err(flag).to_string();
        let said = text.lines().filter(|line| !line.is_empty()).count();
        assert!(said <= 3 && text.contains(flag) && text.contains(value) && text.contains(bound), "{text}");
    }
}

#[test]
fn a_certificate_needs_its_key() {
    for flag in ["--tls-cert", "--tls-key"] {
        Command::try_parse_from(["echo", "--listen", "127.0.0.1:0", flag, "x.pem"]).expect_err(flag);
    }
}

#[tokio::test]
async fn an_address_in_use_is_the_arguments_fault() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let args = Command::try_parse_from(["echo", "--listen", &address]).expect("good flags");
    let error = run(args.echo).await.expect_err("an error");
    assert!(error.is_usage() && error.to_string().starts_with(&format!("--listen {address}: ")), "{error}");
}

#[tokio::test]
async fn a_missing_certificate_is_named() {
    let flags =
        ["echo", "--listen", "127.0.0.1:0", "--tls-cert", "/nowhere.pem", "--tls-key", "/nowhere.pem"];
    let error = run(Command::try_parse_from(flags).expect("good flags").echo).await.expect_err("an error");
    assert!(matches!(error, EchoError::Pem { flag: "--tls-cert", .. }) && error.is_usage(), "{error}");
    assert!(error.to_string().starts_with("--tls-cert /nowhere.pem: "), "{error}");
}
