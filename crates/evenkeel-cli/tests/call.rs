//! Real calls to real servers, each in its own process.

mod common;

use common::{Echo, Run, command, keel, target};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

const CUSTOM: &str = r#"{"loadBalancingConfig":[{"custom_round_robin":{"chooseSecond":3}}]}"#;

fn call(target: &str, args: &[&str]) -> Run {
    keel(&[&["call", target, "--json"], args].concat())
}

/// The `calls` of each endpoint, in order.
fn calls(json: &Value) -> Vec<u64> {
    let endpoints = json["endpoints"].as_array().expect("a list");
    endpoints.iter().map(|endpoint| endpoint["calls"].as_u64().expect("a number")).collect()
}

/// gRPC case 86.
#[test]
fn the_sequence_is_that_of_the_policy() {
    let (first, second) = (Echo::start(&[]), Echo::start(&[]));
    let run = call(&target(&[&first, &second]), &["--config", CUSTOM, "--count", "9", "--sequence"]);
    let json = run.json();
    let (one, two) = (&first.address, &second.address);
    assert_eq!(json["sequence"], json!([one, one, two, one, one, two, one, one, two]), "{run:?}");
    assert_eq!(run.code, Some(0));
}

#[test]
fn the_object_has_the_shape_of_the_contract() {
    let (first, second) = (Echo::start(&[]), Echo::start(&[]));
    let target = target(&[&first, &second]);
    let mut json = call(&target, &["--config", CUSTOM, "--count", "9"]).json();
    for part in ["seconds", "rps"] {
        assert!(json[part].take().as_f64().expect("a number") > 0.0);
    }
    let latency = json["latency_ms"].take();
    let ranks =
        ["p50", "p90", "p95", "p99", "p999", "max"].map(|name| latency[name].as_f64().expect("a number"));
    assert!(ranks[0] > 0.0 && ranks.is_sorted(), "{latency}");
    let want = json!({
        "target": target, "policy": "custom_round_robin", "calls": 9, "ok": 9, "failed": 0, "codes": {"OK": 9},
        "seconds": null, "rps": null, "attempts": 9, "latency_ms": null,
        "endpoints": [
            {"address": first.address, "calls": 6, "ok": 6, "share": 0.6667},
            {"address": second.address, "calls": 3, "ok": 3, "share": 0.3333},
        ],
        "sequence": null,
    });
    assert_eq!(json, want);
}

#[test]
fn an_instance_that_is_never_called_is_listed_with_0() {
    let server = Echo::start(&[]);
    let drained = format!("{},127.0.0.1:1;weight=0", target(&[&server]));
    assert_eq!(calls(&call(&drained, &["--count", "4"]).json()), [4, 0]);
}

#[test]
fn pick_first_is_told_by_the_address_in_use() {
    let (first, second) = (Echo::start(&[]), Echo::start(&[]));
    assert_eq!(calls(&call(&target(&[&first, &second]), &["--policy", "pick_first"]).json()), [10, 0]);
}

#[test]
fn all_four_kinds_of_call_are_made() {
    let server = Echo::start(&[]);
    for kind in ["unary", "server", "client", "bidi"] {
        let run = call(&target(&[&server]), &["--stream", kind, "--count", "3"]);
        assert_eq!((run.code, &run.json()["codes"]), (Some(0), &json!({"OK": 3})), "{kind}: {run:?}");
    }
}

#[test]
fn failures_are_counted_by_their_codes() {
    let server = Echo::start(&["--fail-rate", "1", "--fail-code", "RESOURCE_EXHAUSTED"]);
    let run = call(&target(&[&server]), &["--count", "3"]);
    let json = run.json();
    assert_eq!((run.code, &json["codes"]), (Some(1), &json!({"RESOURCE_EXHAUSTED": 3})));
    assert_eq!(
        (&json["ok"], &json["failed"], &json["endpoints"][0]["ok"]),
        (&json!(0), &json!(3), &json!(0))
    );
    let run = call(&target(&[&server]), &["--count", "1", "--method", "no.Such/Method"]);
    assert_eq!(run.json()["codes"], json!({"UNIMPLEMENTED": 1}));
    let run = keel(&["call", &target(&[&server]), "--count", "2"]);
    assert!(
        run.stdout.contains("2 RESOURCE_EXHAUSTED") && run.stdout.contains("failed on purpose"),
        "{run:?}"
    );
}

#[test]
fn where_nobody_listens_calls_fail_and_none_was_sent() {
    let run = call("static:///127.0.0.1:1", &["--sequence", "--count", "2"]);
    let json = run.json();
    assert_eq!(
        (run.code, &json["codes"], &json["attempts"]),
        (Some(1), &json!({"UNAVAILABLE": 2}), &json!(0))
    );
    assert_eq!(json["sequence"], json!([null, null]));
}

/// C 44: a dead instance costs no call.
#[test]
fn a_dead_instance_costs_no_call() {
    let (first, second) = (Echo::start(&[]), Echo::start(&[]));
    let target = format!("{},127.0.0.1:1", target(&[&first, &second]));
    let run = call(&target, &["--policy", "round_robin", "--count", "400", "--concurrency", "8"]);
    let json = run.json();
    assert_eq!((run.code, &json["failed"], calls(&json)), (Some(0), &json!(0), vec![200, 200, 0]), "{run:?}");
}

/// F13: calls with one key go to one server.
#[test]
fn a_key_sends_all_calls_to_one_server() {
    let (first, second) = (Echo::start(&[]), Echo::start(&[]));
    let both = target(&[&first, &second]);
    let run = call(&both, &["--policy", "consistent_hash", "--key", "customer", "--count", "20"]);
    let mut shares = calls(&run.json());
    shares.sort_unstable();
    assert_eq!((run.code, shares), (Some(0), vec![0, 20]), "{run:?}");
    let run = call(&both, &["--policy", "consistent_hash", "--count", "1"]);
    assert_eq!(run.json()["codes"], json!({"UNAVAILABLE": 1}), "a call without a key is told so: {run:?}");
}

#[test]
fn a_deadline_ends_a_call() {
    let server = Echo::start(&["--delay", "10s"]);
    let run = call(&target(&[&server]), &["--deadline", "50ms", "--count", "2"]);
    let json = run.json();
    assert_eq!((run.code, &json["codes"]), (Some(1), &json!({"DEADLINE_EXCEEDED": 2})), "{run:?}");
    assert!((50.0..5_000.0).contains(&json["latency_ms"]["p50"].as_f64().expect("a number")), "{run:?}");
}

/// A peer that accepts and stays silent.
#[test]
fn who_waits_for_ready_waits_to_the_deadline() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let target = format!("static:///{}", silent.local_addr().expect("an address"));
    let run = call(&target, &["--wait-for-ready", "--deadline", "100ms", "--count", "1"]);
    assert_eq!((run.code, &run.json()["codes"]), (Some(1), &json!({"DEADLINE_EXCEEDED": 1})), "{run:?}");
    let run = call("static:///127.0.0.1:1", &["--wait-for-ready", "--deadline", "100ms", "--count", "1"]);
    assert_eq!(run.json()["codes"], json!({"DEADLINE_EXCEEDED": 1}));
}

#[test]
fn calls_start_on_a_schedule_and_a_stall_shows() {
    let server = Echo::start(&["--delay", "20ms"]);
    let run = call(&target(&[&server]), &["--rate", "200", "--for", "500ms"]);
    let json = run.json();
    assert_eq!((run.code, &json["calls"]), (Some(0), &json!(100)), "one caller alone would make 25: {run:?}");
    let run = call(&target(&[&server]), &["--rate", "200", "--count", "50", "--concurrency", "1"]);
    let slow = run.json()["latency_ms"]["max"].as_f64().expect("a number");
    assert!(slow > 500.0, "the last was due after 245 ms, and came after 1 s: {run:?}");
}

#[test]
fn a_run_of_some_length_ends_after_it() {
    let server = Echo::start(&[]);
    let json = call(&target(&[&server]), &["--for", "200ms", "--concurrency", "4"]).json();
    assert!(json["calls"].as_u64().expect("a number") > 10, "{json}");
    assert!((0.2..5.0).contains(&json["seconds"].as_f64().expect("a number")), "{json}");
}

#[test]
fn a_unix_socket_is_a_target() {
    let path = std::env::temp_dir().join(format!("keel-call-{}.sock", std::process::id()));
    let server = Echo::listen(&format!("unix:{}", path.display()), &[]);
    for target in [format!("unix://{}", path.display()), format!("static:///{}", server.address)] {
        let json = call(&target, &["--count", "3"]).json();
        assert_eq!(
            (&json["ok"], &json["endpoints"][0]["address"]),
            (&json!(3), &json!(server.address)),
            "{json}"
        );
    }
}

#[test]
fn data_is_sent_as_it_is() {
    let server = Echo::start(&[]);
    let file = format!("{}/data.bin", env!("CARGO_TARGET_TMPDIR"));
    for (data, code) in [(&b"\x0a\x02hi"[..], "OK"), (b"\xff\xff", "INTERNAL")] {
        std::fs::write(&file, data).expect("it is written");
        let json = call(&target(&[&server]), &["--data", &format!("@{file}"), "--count", "1"]).json();
        assert_eq!(json["codes"], json!({ code: 1 }));
    }
}

/// The summary is printed, and the process ends although the server never answers.
#[test]
fn ctrl_c_ends_the_run_with_its_summary() {
    let (quick, never) = (Echo::start(&[]), Echo::start(&["--delay", "1h"]));
    let target = target(&[&quick, &never]);
    // In turn, so that not both callers wait for the one that never answers.
    let turns = ["--policy", "round_robin", "--concurrency", "2", "--for", "1h"];
    let child = command(&[&["call", &target, "--json"][..], &turns].concat()).spawn().expect("keel runs");
    std::thread::sleep(Duration::from_millis(700));
    let (began, pid) =
        (Instant::now(), i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a pid"));
    kill_process(pid, Signal::INT).expect("it is ours");
    let run = Run::from(child.wait_with_output().expect("it ends"));
    assert!(began.elapsed() < Duration::from_secs(5));
    let json = run.json();
    assert_eq!((run.code, &json["failed"]), (Some(0), &json!(0)), "{run:?}");
    assert!(json["calls"].as_u64().expect("a number") >= 1, "{run:?}");
}

/// Discovery that fails is no mistake in the arguments: the calls fail by it, or wait for it.
#[test]
fn calls_fail_by_discovery_or_wait_for_it() {
    let run = keel(&["call", "etcd://127.0.0.1:1/svc", "--count", "3", "--json"]);
    assert_eq!(
        (run.code, &run.json()["codes"]),
        (Some(1), &serde_json::json!({"UNAVAILABLE": 3})),
        "{run:?}"
    );
    let run = keel(&["call", "etcd://127.0.0.1:1/svc", "--count", "1"]);
    assert!(run.stdout.contains("discovery: 127.0.0.1:1: Connection refused"), "{run:?}");
    let args = ["call", "etcd://127.0.0.1:1/svc", "--count", "1", "--wait-for-ready", "--deadline", "200ms"];
    assert!(keel(&args).stdout.contains("1 DEADLINE_EXCEEDED"));
}
