use crate::{
    both,
    support::{again, first},
};
use evenkeel_servers::{ConsulFake, ConsulOptions, ConsulServer};
use serde_json::{Value, json};

both! {
    /// F47, A 8: the good entries count, the bad ones are reported.
    entries_that_cannot_be_used_are_left_out_and_told,
    /// F47.
    an_entry_without_an_address_is_at_its_nodes,
}

async fn entries_that_cannot_be_used_are_left_out_and_told<C: ConsulServer>() {
    let consul = C::start_with(ConsulOptions::default()).await;
    let entry = |id: &str, address: &str, port: u32, meta: Value| json!({"ID": id, "Name": "echo", "Address": address, "Port": port, "Meta": meta});
    for service in [
        entry("good", "10.0.0.1", 80, json!({"zone": "a"})),
        entry("no-port", "10.0.0.2", 0, json!({})),
        entry("wide-port", "10.0.0.2", 70_000, json!({})),
        entry("control", "10.0.0.2\u{1b}", 80, json!({})),
        entry("weight", "10.0.0.2", 80, json!({"evenkeel-weight": "-1"})),
        entry("priority", "10.0.0.2", 80, json!({"evenkeel-priority": "x"})),
        entry("addresses", "10.0.0.2", 80, json!({"evenkeel-addresses": "10.0.0.2:80,"})),
        entry("tags", "10.0.0.2", 80, json!({"evenkeel-tags": "{"})),
    ] {
        consul.api().register(&service).await;
    }
    let set = again(&consul.target(), |set| set.dropped().is_some_and(|dropped| dropped.count == 7)).await;
    assert_eq!((set.len(), set[0].name().as_str(), set[0].tag("zone")), (1, "10.0.0.1:80", Some("a")));
    let told = set.dropped().unwrap().to_string();
    for why in [
        "no-port: \"10.0.0.2:0\" is no address: the port must be in 1..=65535",
        "wide-port: ",
        "control: ",
        "weight: evenkeel-weight \"-1\": want a whole number in 0..=4294967295",
        "priority: evenkeel-priority \"x\"",
        "addresses: \"\" is no address",
        "tags: evenkeel-tags: ",
    ] {
        assert!(told.contains(why), "{why} not in {told}");
    }
    assert!(!told.chars().any(char::is_control), "{told}");
}

async fn an_entry_without_an_address_is_at_its_nodes<C: ConsulServer>() {
    let consul = C::start_with(ConsulOptions::default()).await;
    consul.api().register(&json!({"ID": "a", "Name": "echo", "Port": 80})).await;
    let set = again(&consul.target(), |set| set.len() == 1).await;
    assert_eq!(set[0].name(), "127.0.0.1:80");
}

fn raw(service: &Value) -> Value {
    json!({"Node": {"Node": "n", "Address": "10.9.9.9"}, "Service": service, "Checks": []})
}

/// G 107, G 111: what no Consul would say.
#[tokio::test]
async fn entries_that_no_consul_would_show_are_left_out_alone() {
    let fake = ConsulFake::start().await;
    let entry = |extra: Value| {
        let mut service = json!({"ID": "x", "Address": "10.0.0.2", "Port": 80});
        service.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        raw(&service)
    };
    let bad = [
        json!(7),
        json!({}),
        json!({"Service": null}),
        raw(&json!({"ID": "x", "Address": "", "Port": -1})),
        raw(&json!({"ID": "x", "Address": 7, "Port": 80})),
        json!({"Service": {"ID": "x", "Port": 80}}),
        entry(json!({"Weights": {"Passing": -1}})),
        entry(json!({"Weights": {"Passing": 1.5}})),
        entry(json!({"Weights": {"Passing": 4_294_967_296_u64}})),
        entry(json!({"Weights": {"Passing": "5"}})),
        entry(json!({"Weights": 5})),
        entry(json!({"Port": "80"})),
        entry(json!({"Tags": "v1"})),
        entry(json!({"Tags": [1]})),
        entry(json!({"Meta": {"k": 1}})),
        entry(json!({"Meta": {"k": "x".repeat(1 << 20)}})),
    ];
    for entry in &bad {
        fake.push_raw("echo", entry.clone());
    }
    fake.push_raw("echo", entry(json!({"Weights": {"Passing": 0}, "Meta": null, "Tags": null})));
    let set = first(&fake.target_of("echo")).await.unwrap();
    assert_eq!((set.len(), set[0].weight()), (1, 0));
    let dropped = set.dropped().unwrap();
    assert_eq!(dropped.count, bad.len(), "{dropped}");
    assert!(dropped.to_string().len() < 4096, "{dropped}");
}

/// Of one key the metadata counts, and of two entries at one address the later.
#[tokio::test]
async fn metadata_goes_before_tags() {
    let fake = ConsulFake::start().await;
    fake.push_raw("echo", raw(&json!({
        "ID": "x", "Address": "fe80::1", "Port": 80, "Weights": {"Warning": 1},
        "Tags": ["zone=a", "v1", "=odd", "a=b=c", "room=1"],
        "Meta": {"zone": "b", "evenkeel-priority": "2", "evenkeel-tags": "{\"room\":\"2\"}", "evenkeel-other": "x"},
    })));
    let set = first(&fake.target_of("echo")).await.unwrap();
    let tags: Vec<_> = set[0].tags().iter().map(|(k, v)| format!("{k}:{v}")).collect();
    assert_eq!(tags, [":odd", "a:b=c", "room:2", "v1:", "zone:b"]);
    assert_eq!((set[0].name().as_str(), set[0].weight(), set[0].priority()), ("[fe80::1]:80", 1, 2));
}
