//! Who may depend on whom: the layers of ARCHITECTURE.md, held against what cargo says.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

use serde_json::Value;
use std::{collections::BTreeSet, process::Command};

fn cargo(arguments: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The normal and build dependencies of a package of this workspace.
fn dependencies(metadata: &Value, package: &str) -> BTreeSet<String> {
    let all = metadata["packages"].as_array().unwrap();
    let package = all.iter().find(|p| p["name"] == package).unwrap_or_else(|| panic!("no package {package}"));
    let dependencies = package["dependencies"].as_array().unwrap().iter().filter(|d| d["kind"] != "dev");
    dependencies.map(|d| d["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn crates_of_ours_depend_only_on_the_layers_below_them() {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--format-version=1", "--no-deps", "--offline"])).unwrap();
    let ours: BTreeSet<String> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["name"].as_str().unwrap().to_owned())
        .collect();
    let face = "evenkeel";
    let (core, discover, channel) = ("evenkeel-core", "evenkeel-discover", "evenkeel-channel");
    let wire = "evenkeel-wire";
    let sources = [
        "evenkeel-consul",
        "evenkeel-dns",
        "evenkeel-etcd",
        "evenkeel-file",
        "evenkeel-kubernetes",
        "evenkeel-zookeeper",
    ];
    let allowed: &[(&str, &[&str])] = &[
        (core, &[]),
        (discover, &[core]),
        (channel, &[core, discover]),
        ("evenkeel-balance", &[core, discover]),
        ("evenkeel-testkit", &[core, discover, channel]),
        ("evenkeel-echo", &[]),
        ("evenkeel-servers", &[]),
        (wire, &[discover]),
        ("evenkeel-file", &[core, discover]),
        ("evenkeel-dns", &[core, discover]),
        ("evenkeel-etcd", &[core, discover, wire]),
        ("evenkeel-consul", &[core, discover, wire]),
        ("evenkeel-zookeeper", &[core, discover]),
        ("evenkeel-kubernetes", &[core, discover, wire]),
        (face, &[core, discover, channel, "evenkeel-balance"]),
        ("custom_round_robin", &[core]),
        ("volo_round_robin", &[core]),
        ("custom_round_robin_demo", &[face, "evenkeel-echo", "custom_round_robin"]),
        ("evenkeel-cli", &[face, "evenkeel-echo", "custom_round_robin"]),
    ];
    let listed: BTreeSet<String> = allowed.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(listed, ours, "every package of the workspace has its place in the layers");
    for (package, below) in allowed {
        let edges: BTreeSet<String> = dependencies(&metadata, package).intersection(&ours).cloned().collect();
        // The face may have every source.
        let allowed = |edge: &str| below.contains(&edge) || (*package == face && sources.contains(&edge));
        let wrong: Vec<_> = edges.iter().filter(|edge| !allowed(edge)).collect();
        assert!(wrong.is_empty(), "{package} must not depend on {wrong:?}");
    }
}

#[test]
fn a_third_party_policy_needs_the_core_and_serde_alone() {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--format-version=1", "--no-deps", "--offline"])).unwrap();
    let want: BTreeSet<String> = ["evenkeel-core", "serde"].map(str::to_owned).into();
    assert_eq!(dependencies(&metadata, "custom_round_robin"), want);
}

/// The crates that a package drags in, itself included.
fn tree(arguments: &[&str]) -> BTreeSet<String> {
    let fixed = ["-e", "normal,build", "--prefix", "none", "--format", "{p}", "--offline", "--locked"];
    let text = cargo(&[&["tree"], arguments, &fixed].concat());
    // A path behind the version tells nothing.
    text.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_core_stays_small() {
    let crates = tree(&["-p", "evenkeel-core"]);
    assert!(crates.len() <= 18, "{} crates: {crates:#?}", crates.len());
}

/// What `docs/discovery.md` says: a source costs nothing where it is not turned on, and this much where it is.
#[test]
fn a_source_costs_nothing_where_it_is_not_used() {
    let plain = tree(&["-p", "evenkeel", "--no-default-features"]);
    let sources = ["file", "dns", "etcd", "consul", "zookeeper", "kubernetes"];
    let is_of_a_source = |name: &String| {
        let name = name.split(' ').next().unwrap();
        sources.iter().any(|source| name == format!("evenkeel-{source}"))
            || ["hyper", "hickory-resolver", "notify", "prost", "serde_norway", "tonic", "zookeeper-client"]
                .contains(&name)
    };
    let wrong: Vec<_> = plain.iter().filter(|name| is_of_a_source(name)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let page = include_str!("../../../docs/discovery.md");
    for source in sources {
        let more = tree(&["-p", "evenkeel", "--no-default-features", "--features", source])
            .difference(&plain)
            .count();
        let row = format!("| `{source}` | {more} |");
        assert!(page.contains(&row), "docs/discovery.md should say {row}");
    }
}

/// Who uses etcd needs no `protoc`: nothing is generated when it is built.
#[test]
fn no_source_generates_code_when_it_is_built() {
    let features = "file,dns,etcd,consul,zookeeper,kubernetes";
    let crates = tree(&["-p", "evenkeel", "--features", features]);
    let generates = |name: &&String| {
        ["prost-build", "tonic-build", "protoc", "protobuf", "bindgen"].iter().any(|g| name.starts_with(g))
    };
    let wrong: Vec<_> = crates.iter().filter(generates).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
