//! Arguments that cannot be used: exit code 2, at most three lines on standard error, nothing run.

mod common;

use common::keel;

const TARGET: &str = "static:///127.0.0.1:1,127.0.0.1:2";

fn config(value: &str) -> String {
    format!(r#"{{"loadBalancingConfig":[{{"custom_round_robin":{{"chooseSecond":{value}}}}}]}}"#)
}

#[test]
fn unknown_commands_and_flags_are_refused_with_a_hint() {
    keel(&[]).refused_with("requires a subcommand");
    keel(&["cal"]).refused_with("unrecognized subcommand 'cal'");
    keel(&["call"]).refused_with("<TARGET>");
    let run = keel(&["call", TARGET, "--cuont", "3"]);
    run.refused_with("unexpected argument '--cuont'");
    assert!(
        run.stderr.ends_with("tip: a similar argument exists: '--count'\ntry: keel call --help\n"),
        "{run:?}"
    );
    for (flag, value) in
        [("--count", "0"), ("--count", "x"), ("--for", "5"), ("--rate", "0"), ("--stream", "x")]
    {
        keel(&["call", TARGET, flag, value]).refused_with(flag);
    }
    keel(&["call", TARGET, "--count", "1", "--for", "1s"]).refused_with("cannot be used with");
    keel(&["call", TARGET, "--cert", "x", "--key-file", "y"]).refused_with("--ca");
    keel(&["pick", TARGET, "--policy", "round_robin", "--attempts", "0"]).refused_with("--attempts");
}

#[test]
fn a_hostile_argument_stays_one_short_line() {
    let text = format!("a\nb\u{1b}[31m{}", "x".repeat(20_000));
    for args in [&["call", &*text][..], &["call", TARGET, "--count", &text], &["policies", &text], &[&text]] {
        let run = keel(args);
        run.refused_with("");
        assert!(run.stderr.len() < 2_000 && !run.stderr.contains('\u{1b}'), "{run:?}");
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for args in [&["--help"][..], &["--version"], &["call", "--help"], &["demo", "-h"]] {
        let run = keel(args);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:?}");
        assert!(!run.stdout.is_empty());
    }
}

/// F 97: a value out of bounds is one clear error that names field, value and bound.
#[test]
fn values_out_of_bounds_are_refused_with_the_bound() {
    for value in ["-1", "\"3\"", "1.5", "4294967296"] {
        let config = config(value);
        for command in ["call", "pick"] {
            let run = keel(&[command, TARGET, "--config", &config]);
            run.refused_with("chooseSecond");
            assert!(
                run.stderr.contains("0..=4294967295") && run.stderr.contains(&format!("got {value}")),
                "{run:?}"
            );
        }
    }
}

#[test]
fn configs_without_a_usable_policy_are_refused() {
    for (config, text) in [
        (r#"{"loadBalancingConfig":[{"a":{}},{"b":{}}]}"#, "No known policies in list: a, b"),
        (r#"{"loadBalancingConfig":[{"round_robin":{},"pick_first":{}}]}"#, "one key"),
        (r#"{"loadBalancingConfig":{}}"#, "want a list of policies"),
        ("{", "JSON"),
        ("@/no/such/file", "No such file"),
    ] {
        keel(&["call", TARGET, "--config", config]).refused_with(text);
        keel(&["pick", TARGET, "--config", config]).refused_with(text);
    }
    keel(&["pick", TARGET, "--policy", "x"]).refused_with("there is ");
    keel(&["pick", TARGET, "--policy", "x"]).refused_with("custom_round_robin, ");
    keel(&["pick", TARGET]).refused_with("want --policy NAME or --config JSON");
}

#[test]
fn malformed_targets_are_refused() {
    for (target, text) in [
        ("", "it is empty"),
        ("static:///", "at least one"),
        ("static:///127.0.0.1", "HOST:PORT"),
        ("static:///127.0.0.1:0", "1..=65535"),
        ("static:///127.0.0.1:65536", "1..=65535"),
        ("static:///127.0.0.1:-1", "1..=65535"),
        ("static:///a:1;weight=-1", "0..=4294967295"),
        ("static://a:1", "three slashes"),
        ("nowhere://a:1/b", "no source for the scheme \"nowhere\""),
        ("etcd://a:1/b?wieght_scale=1", "no option \"wieght_scale\""),
        ("unix://", "empty"),
    ] {
        keel(&["call", target]).refused_with(text);
        keel(&["pick", target, "--policy", "round_robin"]).refused_with(text);
    }
}

#[test]
fn flags_of_call_that_cannot_be_used_are_refused() {
    let call = |args: &[&str], text: &str| keel(&[&["call", TARGET], args].concat()).refused_with(text);
    call(&["--method", "nothing"], "want PKG.SVC/METHOD");
    call(&["--data", "file"], "write @");
    call(&["--data", "@/no/such/file"], "No such file");
    call(&["--header", "x"], "KEY:VALUE");
    call(&["--header", "grpc-timeout:1S"], "set by gRPC");
    call(&["--keepalive", "1s"], "at least 10s");
    call(&["--ca", "/no/such/file"], "--ca /no/such/file");
    call(&["--authority", "a b"], "HOST:PORT");
}

/// G 110: a password in a target is not repeated by what refuses the target, or the argument that it stands in.
#[test]
fn refusals_do_not_show_credentials() {
    let (target, token) = ("etcd://me:s3cret@127.0.0.1:0/svc", "etcd://127.0.0.1:0/svc?token=s3cret");
    for target in [target, token] {
        let joined = format!("--register={target}");
        for args in [
            &["resolve", target][..],
            &["resolve", "unix:/x", target],
            &["echo", "--listen", target],
            &["echo", "--listen", "127.0.0.1:0", "--register", target],
            &["echo", "--listen", "127.0.0.1:0", &joined],
            &[target],
        ] {
            let run = keel(args);
            run.refused_with("***");
            assert!(!run.stderr.contains("s3cret"), "{run:?}");
        }
    }
    let run = keel(&["lint", "--target", target, "--json"]);
    assert!(run.stdout.contains("***") && !run.stdout.contains("s3cret"), "{run:?}");
}

#[test]
fn an_address_that_nobody_can_connect_to_is_not_registered() {
    let registry = ["--register", "etcd://127.0.0.1:1/svc"];
    for args in [
        &["--listen", "0.0.0.0:0"][..],
        &["--listen", "[::]:0"],
        &["--listen", "127.0.0.1:0", "--advertise", "0.0.0.0:80"],
        &["--listen", "127.0.0.1:0", "--advertise", "127.0.0.1:0"],
    ] {
        let run = keel(&[&["echo"], args, &registry].concat());
        run.refused_with("name the address of this server with --advertise");
    }
}
