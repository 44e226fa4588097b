use super::{Wanted, set};
use crate::api::{Slice, read_slice};
use evenkeel_core::Snapshot;
use evenkeel_discover::BadRecord;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn slices(objects: &[Value]) -> BTreeMap<String, Result<Slice, BadRecord>> {
    objects.iter().filter_map(|object| read_slice(object.clone())).collect()
}

fn slice(name: &str, family: &str, ports: &Value, endpoints: &Value) -> Value {
    json!({"metadata": {"name": name}, "addressType": family, "ports": ports, "endpoints": endpoints})
}

fn v4(name: &str, endpoints: &Value) -> Value {
    slice(name, "IPv4", &json!([{"name": "grpc", "port": 80}]), endpoints)
}

fn of(objects: &[Value]) -> Snapshot {
    set(&slices(objects), &Wanted::Only).unwrap()
}

/// Addresses and weights.
fn seen(set: &Snapshot) -> Vec<(String, u32)> {
    let addresses = |instance: &evenkeel_core::Instance| {
        instance.addresses().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    set.iter().map(|instance| (addresses(instance), instance.weight())).collect()
}

fn want(list: &[(&str, u32)]) -> Vec<(String, u32)> {
    list.iter().map(|(address, weight)| ((*address).to_owned(), *weight)).collect()
}

fn at(address: &str, conditions: &Value) -> Value {
    json!({"addresses": [address], "conditions": conditions})
}

/// The conditions of `discovery.k8s.io/v1`: those that are not known are good ones. One that is ready stands by, so that weight 0 shows.
#[test]
fn conditions_say_who_gets_calls() {
    for (conditions, weight) in [
        (json!({}), Some(1)),
        (json!(null), Some(1)),
        (json!({"ready": null, "serving": null, "terminating": null}), Some(1)),
        (json!({"ready": true}), Some(1)),
        (json!({"ready": true, "serving": true, "terminating": false}), Some(1)),
        // A Service with publishNotReadyAddresses: ready whatever happens.
        (json!({"ready": true, "serving": true, "terminating": true}), Some(1)),
        (json!({"ready": false}), None),
        (json!({"ready": false, "serving": false, "terminating": false}), None),
        (json!({"ready": false, "serving": true, "terminating": false}), None),
        (json!({"ready": false, "serving": true, "terminating": true}), Some(0)),
        (json!({"ready": false, "serving": false, "terminating": true}), None),
        (json!({"ready": false, "terminating": true}), None),
    ] {
        let set = of(&[v4("a", &json!([at("10.0.0.1", &json!({})), at("10.0.0.2", &conditions)]))]);
        let other = set.iter().find(|instance| instance.name() == "10.0.0.2:80");
        assert_eq!(other.map(|instance| instance.weight()), weight, "{conditions}");
    }
}

/// KEP-1669, over all slices: as long as one is ready the others are drained, then all that still serve get calls.
#[test]
fn where_none_is_ready_those_that_terminate_and_serve_get_calls() {
    let drains = json!({"ready": false, "serving": true, "terminating": true});
    let down = json!({"ready": false, "serving": false, "terminating": true});
    let a = v4("a", &json!([at("10.0.0.1", &drains), at("10.0.0.2", &down)]));
    let b = v4("b", &json!([at("10.0.0.3", &drains)]));
    let c = v4("c", &json!([at("10.0.0.4", &json!({"ready": true}))]));
    assert_eq!(seen(&of(&[a.clone(), b.clone()])), want(&[("10.0.0.1:80", 1), ("10.0.0.3:80", 1)]));
    let all = [("10.0.0.4:80", 1), ("10.0.0.1:80", 0), ("10.0.0.3:80", 0)];
    assert_eq!(seen(&of(&[a, b, c])), want(&all));
}

/// F43: while an endpoint moves from slice to slice it is in both.
#[test]
fn an_address_in_two_slices_is_one_instance_and_the_ready_one_counts() {
    let (ready, down) =
        (json!({"ready": true}), json!({"ready": false, "serving": true, "terminating": true}));
    for (first, second) in [(&ready, &down), (&down, &ready), (&ready, &ready)] {
        let set = of(&[v4("a", &json!([at("10.0.0.1", first)])), v4("b", &json!([at("10.0.0.1", second)]))]);
        assert_eq!(seen(&set), want(&[("10.0.0.1:80", 1)]));
    }
}

#[test]
fn a_pod_in_slices_of_both_families_is_one_instance_at_two_addresses() {
    let pod = |address: &str, uid: &str| json!({"addresses": [address], "targetRef": {"kind": "Pod", "name": uid, "uid": uid}});
    let ports = json!([{"port": 80}]);
    let v6 = slice("a", "IPv6", &ports, &json!([pod("fd00::1", "one"), pod("fd00::2", "two")]));
    let v4 = slice("b", "IPv4", &ports, &json!([pod("10.0.0.2", "two"), pod("10.0.0.1", "one")]));
    let set = of(&[v6, v4]);
    assert_eq!(seen(&set), want(&[("10.0.0.2:80 [fd00::2]:80", 1), ("10.0.0.1:80 [fd00::1]:80", 1)]));
    assert_eq!(set[0].tag("pod"), Some("two"));
}

/// The address of a pod that is gone may be another's soon.
#[test]
fn an_address_belongs_to_the_best_that_has_it() {
    let old = json!({"addresses": ["10.0.0.1"], "targetRef": {"kind": "Pod", "name": "old", "uid": "1"},
        "conditions": {"ready": false, "serving": true, "terminating": true}});
    let new = json!({"addresses": ["10.0.0.1"], "targetRef": {"kind": "Pod", "name": "new", "uid": "2"}});
    let set = of(&[v4("a", &json!([old, new]))]);
    assert_eq!((seen(&set), set[0].tag("pod")), (want(&[("10.0.0.1:80", 1)]), Some("new")));
}

#[test]
fn where_an_endpoint_is_and_what_it_is_called_are_tags() {
    let set = of(&[v4(
        "a",
        &json!([
            {"addresses": ["10.0.0.1"], "hostname": "echo-0", "nodeName": "node-a", "zone": "eu-1a",
             "targetRef": {"kind": "Pod", "name": "echo-0-x", "namespace": "default", "uid": "u"},
             "hints": {"forZones": [{"name": "eu-1a"}, {"name": "eu-1b"}]}},
            {"addresses": ["10.0.0.2"], "zone": "", "targetRef": {"kind": "Node", "name": "n"}, "hints": null, "hostname": null},
        ]),
    )]);
    let tags: Vec<_> = set[0].tags().iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(
        tags,
        ["hints.zones=eu-1a,eu-1b", "hostname=echo-0", "node=node-a", "pod=echo-0-x", "zone=eu-1a"]
    );
    assert!(set[1].tags().is_empty(), "{:?}", set[1].tags());
}

#[test]
fn a_port_is_chosen_by_name_or_number_or_for_being_the_only_one() {
    let name = |name: &str| Wanted::Name(name.to_owned());
    let two = json!([{"name": "http", "port": 8080}, {"name": "grpc", "port": 9090}]);
    let one = json!([{"name": "", "port": 8080, "protocol": "TCP"}]);
    let udp = json!([{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53}]);
    let all = json!([{"name": "any", "port": null}]);
    for (ports, wanted, found) in [
        (&two, name("grpc"), Ok(9090)),
        (&two, name("http"), Ok(8080)),
        (&two, Wanted::Number(9090), Ok(9090)),
        (&two, name("web"), Err("want a port named \"web\"; there are: http (8080), grpc (9090)")),
        (&two, Wanted::Number(80), Err("want port 80; there are: http (8080), grpc (9090)")),
        (
            &two,
            Wanted::Only,
            Err("want the only port, as the target names none; there are: http (8080), grpc (9090)"),
        ),
        (&one, Wanted::Only, Ok(8080)),
        (&one, Wanted::Number(8080), Ok(8080)),
        // The Service's own port, which the slice does not tell.
        (&one, Wanted::Number(80), Ok(8080)),
        (&one, name("grpc"), Err("want a port named \"grpc\"; there are: 8080")),
        (&udp, Wanted::Only, Ok(53)),
        (&udp, name("dns-tcp"), Ok(53)),
        (&udp, name("dns"), Err("there are: dns-tcp (53)")),
        (&all, Wanted::Number(7), Ok(7)),
        (&all, name("any"), Err("there are: any (all)")),
        (&json!([]), Wanted::Number(7), Ok(7)),
        (&json!(null), Wanted::Number(7), Ok(7)),
        (&json!([]), Wanted::Only, Err("there are: none")),
        (&json!([{"port": 0}]), Wanted::Only, Err("there are: 0")),
    ] {
        let set = set(&slices(&[slice("a", "IPv4", ports, &json!([{"addresses": ["10.0.0.1"]}]))]), &wanted);
        match (set, found) {
            (Ok(set), Ok(port)) => assert_eq!(seen(&set), want(&[(&format!("10.0.0.1:{port}"), 1)])),
            (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
            (got, found) => panic!("{ports} {wanted:?}: {got:?}, want {found:?}"),
        }
    }
}

/// Pods may give a named port different numbers: then they are in different slices.
#[test]
fn a_slice_without_the_port_is_left_out_as_long_as_another_has_it() {
    let with = |name: &str, port: &str, number: u16, ip: &str| {
        slice(name, "IPv4", &json!([{"name": port, "port": number}]), &json!([{"addresses": [ip]}]))
    };
    let all = [
        with("a", "grpc", 1, "10.0.0.1"),
        with("b", "grpc", 2, "10.0.0.2"),
        with("c", "http", 3, "10.0.0.3"),
    ];
    let set = set(&slices(&all), &Wanted::Name("grpc".to_owned())).unwrap();
    assert_eq!(seen(&set), want(&[("10.0.0.1:1", 1), ("10.0.0.2:2", 1)]));
    assert_eq!(set.dropped().unwrap().reasons, ["c: want a port named \"grpc\"; there are: http (3)"]);
}

/// The controller keeps such a slice for a Service without pods, and Go writes an empty list as null.
#[test]
fn a_slice_without_endpoints_is_an_empty_set() {
    for nothing in [json!(null), json!([])] {
        let set = set(&slices(&[slice("a", "IPv4", &nothing, &nothing)]), &Wanted::Name("grpc".to_owned()))
            .unwrap();
        assert!(set.is_empty() && set.dropped().is_none());
    }
}

#[test]
fn bad_records_are_left_out_and_told_and_spoil_no_other() {
    let set = of(&[
        v4(
            "a",
            &json!([
                {"addresses": ["10.0.0.1"]}, {"addresses": ["10.0.0"]}, {"addresses": []}, {"addresses": null}, 7,
                {"addresses": ["10.0.0.2"], "conditions": {"ready": "yes"}}, {"addresses": ["10.0.0.3"], "news": {"a": 1}},
                {"addresses": ["10.0.0"], "conditions": {"ready": false}},
            ]),
        ),
        slice("b", "FQDN", &json!([{"port": 80}]), &json!([{"addresses": ["host.example"]}])),
        slice("c", "IPv4", &json!([{"port": 65536}]), &json!([{"addresses": ["10.0.0.4"]}])),
        json!({"metadata": {"name": "d"}, "addressType": "IPv4", "endpoints": "none"}),
    ]);
    assert_eq!(seen(&set), want(&[("10.0.0.1:80", 1), ("10.0.0.3:80", 1)]));
    let dropped = set.dropped().unwrap();
    assert_eq!(dropped.count, 8, "{dropped}");
    for part in [
        "a, endpoint 1: \"10.0.0\" is no IP address",
        "a, endpoint 2: no address",
        "c: ",
        "addressType \"FQDN\"",
    ] {
        assert!(dropped.reasons.iter().any(|reason| reason.contains(part)), "{part}: {dropped}");
    }
}

const WORDS: &[&str] = &[
    "",
    "IPv4",
    "10.0.0.1",
    "10.0.0.2",
    "fd00::1",
    "addresses",
    "conditions",
    "ready",
    "serving",
    "uid",
    "Pod",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-1i64..70_000).prop_map(Value::from),
        prop::sample::select(WORDS).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        let fields = prop::collection::btree_map(prop::sample::select(WORDS), inner.clone(), 0..4);
        let object = fields.prop_map(|fields| json!(fields));
        prop_oneof![prop::collection::vec(inner, 0..4).prop_map(Value::from), object]
    })
}

/// An endpoint that is well formed, of a few addresses, pods and states.
fn any_endpoint() -> impl Strategy<Value = Value> {
    let addresses = prop::collection::vec(0u8..4, 1..3);
    (addresses, 0u8..4, any::<[Option<bool>; 3]>()).prop_map(
        |(addresses, uid, [ready, serving, terminating])| {
            let addresses: Vec<_> = addresses.iter().map(|n| format!("10.0.0.{n}")).collect();
            json!({
                "addresses": addresses,
                "targetRef": {"uid": if uid == 0 { String::new() } else { uid.to_string() }},
                "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
            })
        },
    )
}

proptest! {
    #[test]
    fn whatever_a_slice_holds_it_is_a_set_or_an_error(ports in any_json(), endpoints in prop::collection::vec(any_json(), 0..4)) {
        for wanted in [Wanted::Only, Wanted::Number(80)] {
            let _ = set(&slices(&[slice("a", "IPv4", &ports, &json!(endpoints)), slice("b", "IPv6", &endpoints.clone().into(), &ports)]), &wanted);
        }
    }

    /// No address is dialled for two instances, and one that is ready anywhere has weight 1.
    #[test]
    fn an_address_belongs_to_one_instance(one in prop::collection::vec(any_endpoint(), 0..6), two in prop::collection::vec(any_endpoint(), 0..6)) {
        let set = of(&[v4("a", &json!(one)), v4("b", &json!(two))]);
        let mut addresses: Vec<_> = set.iter().flat_map(|instance| instance.addresses().iter().cloned()).collect();
        let all = addresses.len();
        addresses.sort();
        addresses.dedup();
        prop_assert_eq!(addresses.len(), all);
        for endpoint in one.iter().chain(&two).filter(|endpoint| endpoint["conditions"]["ready"] != json!(false)) {
            for address in endpoint["addresses"].as_array().into_iter().flatten() {
                let address = format!("{}:80", address.as_str().unwrap_or_default()).parse().unwrap();
                let instance = set.iter().find(|instance| instance.addresses().contains(&address));
                prop_assert_eq!(instance.map(|instance| instance.weight()), Some(1));
            }
        }
        prop_assert!(set.is_empty() || set.iter().any(|instance| !instance.is_drained()));
    }
}
