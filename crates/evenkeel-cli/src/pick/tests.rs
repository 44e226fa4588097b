use super::*;
use clap::Parser;
use evenkeel::core::{
    BadConfig, BadUpdate, CallInfo, EndpointId, Endpoints, Failure, Named, Pick, Picker, Policy, RawConfig,
    State, keyed, policies,
};
use serde_json::{Value, json};

/// Picks by rendezvous: the key's highest hash with the name wins, so that a change moves only what it must.
#[derive(Debug, Default)]
struct ByKey;

impl Policy for ByKey {
    type Config = ();

    fn update(&mut self, set: &Snapshot, (): &(), endpoints: &mut dyn Endpoints) -> Result<State, BadUpdate> {
        let all: Vec<_> = set.iter().map(|instance| endpoints.connect(instance)).collect();
        let seeds = |e: &evenkeel::core::Endpoint| (e.id, keyed(0, e.node.instance.name().as_bytes()));
        Ok(State::over(all, |ready| Highest(ready.iter().map(seeds).collect())))
    }
}

impl Named for ByKey {
    const NAME: &'static str = "by_key";
    const ALIASES: &'static [&'static str] = &["hashed"];
    const BY_KEY: bool = true;

    fn parse(_: &RawConfig<'_>) -> Result<(), BadConfig> {
        Ok(())
    }
}

#[derive(Debug)]
struct Highest(Vec<(EndpointId, u64)>);

impl Picker for Highest {
    fn pick(&self, call: &CallInfo<'_>) -> Pick {
        let Some(key) = call.key() else {
            let wants = "a key".into();
            return Pick::Fail(Arc::new(Failure::MissingKey { policy: "by_key", wants }));
        };
        let rank = |(id, seed): &&(EndpointId, u64)| (call.is_fresh(*id), keyed(*seed, key));
        self.0.iter().max_by_key(rank).map_or(Pick::Queue, |(id, _)| Pick::plain(*id))
    }
}

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    args: PickArgs,
}

async fn run(args: &[&str]) -> Result<Value, CliError> {
    let args = Line::try_parse_from([&["pick"], args].concat()).expect("it parses").args;
    let registry = policies::registry().replace::<ByKey>();
    pick(&args, &registry).await.map(|report| serde_json::to_value(&report).expect("it is JSON"))
}

async fn refused(args: &[&str]) -> String {
    let error = run(args).await.expect_err("it is refused");
    assert!(error.is_usage());
    error.to_string()
}

const TWO: &str = "static:///a:1,b:1";
const THREE: &str = "static:///a:1,b:1,c:1";

fn keys(n: usize) -> Vec<String> {
    (0..n).map(|n| format!("--key=k{n}")).collect()
}

async fn moved(from: &str, to: &str, keys: &[String]) -> Value {
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let args = [&[from, "--policy", "by_key", "--against", to], &keys[..]].concat();
    run(&args).await.expect("it works")["moved"].clone()
}

#[tokio::test]
async fn keys_that_would_move_are_counted_and_those_that_need_not_apart() {
    let (all, keys) = ("static:///a:1,b:1,c:1", keys(300));
    assert_eq!(moved(all, all, &keys).await, json!({"keys": 300, "moved": 0, "collateral": 0}));
    let gone = moved(THREE, TWO, &keys).await;
    assert_eq!((&gone["keys"], &gone["collateral"]), (&json!(300), &json!(0)));
    assert!((60..140).contains(&gone["moved"].as_u64().expect("a number")), "{gone}");
    assert_eq!(moved(TWO, THREE, &keys).await["moved"], gone["moved"]);
    // Rendezvous by names moves all of a renamed instance; the other two change places only in the set.
    assert_eq!(moved(TWO, "static:///b:1,a:1", &keys).await["moved"], json!(0));
}

/// A key that moves between instances that stay is counted, unless a weight of theirs changed.
#[tokio::test]
async fn a_move_between_two_that_stay_is_collateral() {
    // The first address names the instance; the same set of addresses in another order is the same instance.
    let (from, to) = ("static:///a:1|x:1,b:1|y:1", "static:///x:1|a:1,y:1|b:1");
    let keys = keys(200);
    let swapped = moved(from, to, &keys).await;
    let count = swapped["moved"].as_u64().expect("a number");
    assert!(count > 0 && swapped["collateral"] == swapped["moved"], "{swapped}");
    let weighed = moved(from, &to.replace("x:1|a:1", "x:1|a:1;weight=7"), &keys).await;
    assert_eq!(weighed, json!({"keys": 200, "moved": count, "collateral": 0}));
}

#[tokio::test]
async fn a_pick_that_fails_does_not_move() {
    let drained = "static:///a:1;weight=0,b:1;weight=0";
    let none = json!({"keys": 9, "moved": 0, "collateral": 0});
    assert_eq!(moved(TWO, drained, &keys(9)).await, none);
    assert_eq!(moved(drained, TWO, &keys(9)).await, none);
}

#[tokio::test]
async fn against_needs_a_hash_policy_and_keys() {
    let why = refused(&[TWO, "--policy", "round_robin", "--against", THREE, "--key", "a"]).await;
    assert!(why.contains("round_robin does not"), "{why}");
    let why = refused(&[TWO, "--policy", "by_key", "--against", THREE]).await;
    assert!(why.contains("--key K, or --keys FILE"), "{why}");
    let why = refused(&[TWO, "--policy", "by_key", "--against", "static:///", "--key", "a"]).await;
    assert!(why.contains("at least one HOST:PORT"), "{why}");
    let over = |child: &str| {
        format!(
            r#"{{"loadBalancingConfig":[{{"tagging":{{"tags":[{{"key":"v","value":""}}],"childPolicy":[{{"{child}":{{}}}}]}}}}]}}"#
        )
    };
    assert!(run(&[TWO, "--config", &over("by_key"), "--against", THREE, "--key", "a"]).await.is_ok());
    let why = refused(&[TWO, "--config", &over("round_robin"), "--against", THREE, "--key", "a"]).await;
    assert!(why.contains("tagging does not"), "{why}");
}

#[tokio::test]
async fn an_alias_is_shown_by_its_own_name_and_a_missing_key_by_its_kind() {
    let report = run(&[TWO, "--policy", "hashed", "--count", "1"]).await.expect("it works");
    assert_eq!((&report["policy"], &report["moved"]), (&json!("by_key"), &Value::Null));
    assert_eq!(report["picks"][0]["error"]["kind"], json!("missing_key"));
    assert_eq!(report["picks"][0]["key"], Value::Null);
}

/// An empty answer, and none, are two things.
#[tokio::test]
async fn an_empty_set_and_a_failed_discovery_are_told_apart() {
    let args = Line::try_parse_from(["pick", "static:///a:1", "--fail", "a:1"]).expect("it parses").args;
    let choice = policies::registry().default_of("round_robin").expect("it is known");
    let mut engine = Engine::new(choice.clone(), &Snapshot::new([]), &args);
    assert_eq!(engine.pick(None).error.expect("an error").kind, "empty");
    let why = evenkeel::DiscoverError::source_failed(std::io::Error::other("nobody answers"));
    let error = Engine::unanswered(choice, why, &args).pick(None).error.expect("an error");
    assert_eq!((error.kind, error.text.as_str()), ("discovery", "discovery: nobody answers"));
}

/// Instances that share their first address share a name, and so a share.
#[tokio::test]
async fn shares_have_each_name_once() {
    let report = run(&["static:///a:1|x:1,a:1|y:1,b:1", "--policy", "round_robin", "--count", "6"]).await;
    assert_eq!(report.expect("it works")["shares"], json!({"a:1": 4, "b:1": 2}));
}
