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
    assert_eq!(keys(&keel_reading("x\ny\n", &args)), ["x", "y"]);
}

#[test]
fn flags_that_would_do_nothing_are_refused() {
    pick(TWO, &["--policy", "round_robin", "--against", THREE]).refused_with("round_robin does not");
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
