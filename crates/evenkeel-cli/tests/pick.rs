//! Where calls would go, pick by pick.

mod common;

use common::{Run, keel, keel_reading};
use serde_json::{Value, json};

const TWO: &str = "static:///10.0.0.1:80,10.0.0.2:80";
const THREE: &str = "static:///10.0.0.1:80,10.0.0.2:80,10.0.0.3:80";
const ROUND_ROBIN: &str = r#"{"loadBalancingConfig":[{"round_robin":{}}]}"#;

fn pick(target: &str, args: &[&str]) -> Run {
    keel(&[&["pick", target, "--json"], args].concat())
}

fn custom(every: u64) -> String {
    format!(r#"{{"loadBalancingConfig":[{{"custom_round_robin":{{"chooseSecond":{every}}}}}]}}"#)
}

/// The attempts of each pick, by the last number of the hosts' addresses: `1`, or `2>1` for a retry.
fn attempts(run: &Run) -> String {
    let name = |address: &Value| address.as_str().expect("an address")["10.0.0.".len()..].replace(":80", "");
    let line = |pick: &Value| {
        let attempts = pick["attempts"].as_array().expect("a list").iter().map(name);
        attempts.collect::<Vec<_>>().join(">")
    };
    run.json()["picks"].as_array().expect("a list").iter().map(line).collect::<Vec<_>>().join(" ")
}

/// gRPC case 86.
#[test]
fn custom_round_robin_picks_the_second_every_so_often() {
    for (every, want) in [
        (3, "1 1 2 1 1 2 1 1 2"),
        (1, "2 2 2 2 2 2 2 2 2"),
        (2, "1 2 1 2 1 2 1 2 1"),
        (0, "1 1 1 1 1 1 1 1 1"),
    ] {
        let run = pick(TWO, &["--config", &custom(every), "--count", "9"]);
        assert_eq!((run.code, attempts(&run).as_str()), (Some(0), want), "every {every}");
    }
}

#[test]
fn the_object_has_the_shape_of_the_contract() {
    let run = pick(TWO, &["--config", &custom(3), "--count", "3"]);
    let picked = |address: &str| json!({"key": null, "attempts": [address], "error": null});
    let want = json!({
        "policy": "custom_round_robin",
        "picks": [picked("10.0.0.1:80"), picked("10.0.0.1:80"), picked("10.0.0.2:80")],
        "shares": {"10.0.0.1:80": 2, "10.0.0.2:80": 1},
        "moved": null,
    });
    assert_eq!(run.json(), want);
    assert_eq!(run.stdout.lines().count(), 1);
}

#[test]
fn a_rotation_starts_where_it_is_told_to() {
    for (start, want) in [("0", "1 2 3 1 2"), ("1", "2 3 1 2 3"), ("5", "3 1 2 3 1")] {
        for order in ["exact", "relaxed"] {
            let config = ROUND_ROBIN.replace("{}", &format!(r#"{{"order":"{order}"}}"#));
            let run = pick(THREE, &["--config", &config, "--start", start, "--count", "5"]);
            assert_eq!(attempts(&run), want, "{order} from {start}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_picks() {
    let run = |seed: &str| {
        attempts(&pick(
            THREE,
            &["--policy", "round_robin", "--seed", seed, "--fail", "10.0.0.2:80", "--count", "30"],
        ))
    };
    assert_eq!(run("7"), run("7"));
    assert_eq!(
        attempts(&pick(THREE, &["--policy", "round_robin"])),
        attempts(&pick(THREE, &["--policy", "round_robin", "--seed", "0"]))
    );
    assert!((0..20).any(|seed: u32| run(&seed.to_string()) != run("7")));
}

/// C 57: a drained instance is never picked, not on a retry either, and is shown with 0.
#[test]
fn a_drained_instance_is_never_picked() {
    let target = "static:///10.0.0.1:80,10.0.0.2:80;weight=0,10.0.0.3:80";
    let run =
        pick(target, &["--policy", "round_robin", "--start", "0", "--count", "4", "--fail", "10.0.0.1:80"]);
    assert_eq!(attempts(&run), "1>3 3 1>3 3");
    assert_eq!(run.json()["shares"], json!({"10.0.0.1:80": 0, "10.0.0.2:80": 0, "10.0.0.3:80": 4}));
    let run = pick("static:///10.0.0.1:80;weight=0", &["--policy", "round_robin", "--count", "1"]);
    assert_eq!((run.code, &run.json()["picks"][0]["error"]["kind"]), (Some(1), &json!("all_drained")));
}

/// A retry goes to an instance that was not tried, and does not move the rotation.
#[test]
fn a_refusal_is_retried_elsewhere() {
    let run =
        pick(THREE, &["--policy", "round_robin", "--start", "0", "--fail", "10.0.0.2:80", "--count", "6"]);
    let tried = attempts(&run);
    let tried: Vec<_> = tried.split(' ').collect();
    assert_eq!(run.code, Some(0));
    for (n, first) in [1, 2, 3, 1, 2, 3].into_iter().enumerate() {
        assert!(tried[n].starts_with(&first.to_string()), "{tried:?}");
        assert_eq!(tried[n].len(), if first == 2 { 3 } else { 1 }, "{tried:?}");
    }
    let run = pick(TWO, &["--config", &custom(3), "--fail", "10.0.0.1:80", "--count", "3"]);
    assert_eq!(attempts(&run), "1>2 1>2 2");
}

#[test]
fn a_pick_that_finds_nobody_says_why() {
    let fail: Vec<_> = (1..=3).flat_map(|n| ["--fail".to_owned(), format!("10.0.0.{n}:80")]).collect();
    let fail: Vec<_> = fail.iter().map(String::as_str).collect();
    for (attempts, tried, kind) in
        [("1", 1, "attempts"), ("2", 2, "attempts"), ("3", 3, "all_tried"), ("9", 3, "all_tried")]
    {
        let args = [&["--policy", "round_robin", "--count", "1", "--attempts", attempts], &fail[..]].concat();
        let run = pick(THREE, &args);
        let first = &run.json()["picks"][0];
        assert_eq!((run.code, &first["error"]["kind"]), (Some(1), &json!(kind)), "{attempts}");
        assert_eq!(first["attempts"].as_array().expect("a list").len(), tried, "{attempts}");
    }
}

#[test]
fn a_set_that_the_policy_refuses_is_told_with_its_reason() {
    for target in [THREE, "static:///10.0.0.1:80"] {
        let run = pick(target, &["--policy", "custom_round_robin", "--count", "1"]);
        let error = &run.json()["picks"][0]["error"];
        assert_eq!((run.code, &error["kind"]), (Some(1), &json!("refused")));
        assert!(error["text"].as_str().expect("a text").contains("wants two instances"), "{error}");
    }
}

/// `pick_first` joins all addresses: attempts go through them in order.
#[test]
fn pick_first_goes_through_the_addresses_in_order() {
    assert_eq!(attempts(&pick(THREE, &["--policy", "pick_first", "--count", "3"])), "1 1 1");
    let run = pick(
        THREE,
        &["--policy", "pick_first", "--fail", "10.0.0.1:80", "--fail", "10.0.0.2:80", "--count", "2"],
    );
    assert_eq!((run.code, attempts(&run).as_str()), (Some(0), "1>2>3 1>2>3"));
    let run =
        pick(THREE, &["--policy", "pick_first", "--fail", "10.0.0.1:80", "--attempts", "1", "--count", "1"]);
    assert_eq!(run.json()["picks"][0]["error"]["kind"], json!("attempts"));
}

/// An instance is named by its first address.
#[test]
fn an_instance_with_several_addresses_is_one() {
    let target = "static:///10.0.0.1:80|10.0.0.9:80,10.0.0.2:80";
    for policy in ["round_robin", "pick_first"] {
        let run =
            pick(target, &["--policy", policy, "--start", "0", "--count", "1", "--fail", "10.0.0.9:80"]);
        assert_eq!(attempts(&run), "1>2", "{policy}");
    }
}

#[test]
fn each_key_is_picked_for_in_order() {
    let keys = |run: &Run| {
        let picks = run.json()["picks"].as_array().expect("a list").clone();
        picks.iter().map(|pick| pick["key"].as_str().expect("a key").to_owned()).collect::<Vec<_>>()
    };
    let run = pick(TWO, &["--policy", "round_robin", "--key", "a", "--key", "b"]);
    assert_eq!(keys(&run), ["a", "b"]);
    let run = pick(TWO, &["--policy", "round_robin", "--key", "a", "--key", "b", "--count", "2"]);
    assert_eq!(keys(&run), ["a", "a", "b", "b"]);
    let args = ["pick", TWO, "--json", "--policy", "round_robin", "--keys", "-"];
    assert_eq!(keys(&keel_reading("x\n\ny y\r\nx", &args)), ["x", "", "y y", "x"]);
    assert_eq!(
        keys(&keel_reading("x\ny\n", &[&args[..], &["--count", "2", "--key", "k"]].concat())),
        ["k", "k", "x", "x", "y", "y"]
    );
    assert_eq!(keys(&keel_reading("", &args)).len(), 0);
}

#[test]
fn flags_that_would_do_nothing_are_refused() {
    pick(TWO, &["--policy", "round_robin", "--against", THREE]).refused_with("round_robin does not");
    pick(TWO, &["--policy", "tagging"]).refused_with("tagging needs tags: give it with --config");
    pick(TWO, &["--policy", "nobody"]).refused_with("there is adaptive");
    pick(TWO, &["--policy", "round_robin", "--attempts", "0"]).refused_with("--attempts");
    let keys = ["--key", "a", "--key", "b", "--count", "10000000"];
    pick(TWO, &[&["--policy", "round_robin"], &keys[..]].concat()).refused_with("more than 10000000 picks");
    pick(TWO, &["--policy", "round_robin", "--fail", "10.0.0.9:80"])
        .refused_with("no instance has the address");
    pick(TWO, &["--policy", "round_robin", "--keys", "/no/such/file"]).refused_with("No such file");
}

#[test]
fn people_see_picks_and_shares() {
    let run = keel(&["pick", TWO, "--policy", "custom_round_robin", "--count", "3", "--fail", "10.0.0.2:80"]);
    let want = "3 picks by custom_round_robin\n\n  1  10.0.0.1:80\n  2  10.0.0.1:80\n  3  10.0.0.2:80 refused, 10.0.0.1:80\n\n  \
                instance     picks\n  10.0.0.1:80      3\n  10.0.0.2:80      0\n";
    assert_eq!(run.stdout, want);
}

const TAGGED: &str =
    "static:///10.0.0.1:80;v=bar1,10.0.0.2:80;v=bar2,10.0.0.3:80;v=bar3,10.0.0.4:80;v=,10.0.0.5:80";

fn tagging(on_no_match: &str, child: &str) -> String {
    format!(
        r#"{{"loadBalancingConfig":[{{"tagging":{{"tags":[{{"key":"v","header":"x-v"}}],"onNoMatch":"{on_no_match}","childPolicy":[{{"{child}":{{}}}}]}}}}]}}"#
    )
}

/// G-80, F19: metadata routes, and retries stay in the group.
#[test]
fn a_header_leads_to_its_group() {
    let run = |on_no_match, more: &[&str]| {
        let config = tagging(on_no_match, "round_robin");
        pick(TAGGED, &[&["--config", &config, "--start", "0", "--count", "4"], more].concat())
    };
    assert_eq!(attempts(&run("fail", &["--header", "X-V: bar2"])), "2 2 2 2");
    assert_eq!(attempts(&run("fail", &["--header", "x-v:"])), "4 5 4 5");
    assert_eq!(attempts(&run("fail", &[])), "4 5 4 5");
    assert_eq!(attempts(&run("fail", &["--fail", "10.0.0.4:80"])), "4>5 5 4>5 5");
    assert_eq!(attempts(&run("untagged", &["--header", "x-v:missed"])), "4 5 4 5");
    assert_eq!(attempts(&run("all", &["--header", "x-v:missed"])), "1 2 3 4");
    let missed = run("fail", &["--header", "x-v:missed"]);
    let error = &missed.json()["picks"][0]["error"];
    assert_eq!(
        (missed.code, error),
        (Some(1), &json!({"kind": "no_match", "text": "tagging: no instance has v=missed (of 5)"}))
    );
    assert_eq!(missed.json()["shares"]["10.0.0.1:80"], json!(0));
}

/// All of a group were tried: nobody is left for the call, whoever is in other groups and however many attempts there are.
#[test]
fn a_group_that_refused_is_all_tried() {
    let fail = ["--fail", "10.0.0.4:80", "--fail", "10.0.0.5:80", "--count", "1"];
    let config = tagging("fail", "round_robin");
    for (limit, tried, kind) in [("1", 1, "attempts"), ("2", 2, "all_tried"), ("4000000000", 2, "all_tried")]
    {
        let run = pick(TAGGED, &[&["--config", &config, "--attempts", limit], &fail[..]].concat());
        let first = &run.json()["picks"][0];
        assert_eq!((run.code, &first["error"]["kind"]), (Some(1), &json!(kind)), "{limit}");
        assert_eq!(first["attempts"].as_array().map(Vec::len), Some(tried), "{limit}");
    }
}

#[test]
fn a_child_that_refuses_its_group_says_so_and_the_others_go_on() {
    let target = "static:///10.0.0.1:80;v=a,10.0.0.2:80;v=a,10.0.0.3:80;v=a,10.0.0.4:80;v=b,10.0.0.5:80;v=b";
    let config = tagging("fail", "custom_round_robin");
    let run = |header| pick(target, &["--config", &config, "--count", "3", "--header", header]);
    let error = &run("x-v:a").json()["picks"][0]["error"];
    assert_eq!((run("x-v:a").code, &error["kind"]), (Some(1), &json!("refused")));
    assert!(error["text"].as_str().expect("a text").contains("wants two instances"), "{error}");
    assert_eq!((run("x-v:b").code, attempts(&run("x-v:b")).as_str()), (Some(0), "4 4 5"));
    assert_eq!(run("x-v:c").json()["picks"][0]["error"]["kind"], json!("no_match"));
    let drained = "static:///10.0.0.1:80;v=a;weight=0,10.0.0.2:80;weight=0";
    let run = pick(drained, &["--config", &config, "--count", "1"]);
    assert_eq!(run.json()["picks"][0]["error"]["kind"], json!("all_drained"));
}

/// An address is the same however it is written.
#[test]
fn an_instance_refuses_by_any_of_its_names() {
    let target = "static:///[::1]:80|[::2]:80,10.0.0.2:80";
    for address in ["[::1]:80", "[0:0:0:0:0:0:0:1]:80", "[::2]:80"] {
        let args = ["--policy", "round_robin", "--start", "0", "--count", "1", "--fail", address];
        let run = pick(target, &args);
        assert_eq!(run.json()["picks"][0]["attempts"], json!(["[::1]:80", "10.0.0.2:80"]), "{address}");
    }
}

#[test]
fn thousands_of_instances_and_many_keys_take_no_time() {
    let all: Vec<_> = (0..5_000).map(|n| format!("10.1.{}.{}:80", n / 250, n % 250)).collect();
    let keys = (0..100_000).map(|n| format!("key-{n}")).collect::<Vec<_>>().join("\n");
    let target = format!("static:///{}", all.join(","));
    let begun = std::time::Instant::now();
    let run = keel_reading(&keys, &["pick", &target, "--json", "--policy", "round_robin", "--keys", "-"]);
    assert_eq!(run.json()["picks"].as_array().map(Vec::len), Some(100_000));
    assert_eq!(run.json()["shares"]["10.1.0.0:80"], json!(20));
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
}
