use crate::{
    both,
    support::{SECOND, again, are, first, until, watch, within},
};
use evenkeel_consul::ConsulRegistrar;
use evenkeel_core::{Address, Instance};
use evenkeel_discover::{Registrar, Target};
use evenkeel_servers::{ConsulOptions, ConsulServer, free_ports};
use futures_util::StreamExt;
use serde_json::json;
use tokio::time::timeout;

both! {
    /// F47: each change is seen within a second, 0 and weights that Consul does not take among them.
    instances_come_change_and_go_within_a_second,
    /// A 3: an unknown service is an answer.
    an_unknown_service_is_empty,
    /// F47.
    only_entries_whose_checks_pass_are_seen,
    /// F19.
    all_tags_must_match,
    the_datacenter_and_the_node_are_passed_on,
    the_namespace_is_passed_on,
    /// A 2, A 16: an error ends the watch, and the next one has what Consul knows again.
    a_consul_that_is_killed_is_an_error_and_comes_back_with_its_entries,
    /// A 2: nor is one that comes back.
    a_consul_that_starts_again_is_never_taken_for_an_empty_service,
    an_ipv6_address_is_reached,
    a_server_that_is_down_is_passed_over,
}

async fn instances_come_change_and_go_within_a_second<C: ConsulServer>() {
    let mut consul = C::start_with(ConsulOptions::default()).await;
    let mut watch = watch(&consul.target());
    within(10 * SECOND, &mut watch, are(&[])).await;
    consul.put("10.0.0.1:80", 5).await;
    until(&mut watch, are(&[("10.0.0.1:80", 5)])).await;
    consul.put("[2001:db8::1]:80", 1).await;
    until(&mut watch, are(&[("10.0.0.1:80", 5), ("[2001:db8::1]:80", 1)])).await;
    for weight in [0, 7, 65_535, 65_536, u32::MAX] {
        consul.put("10.0.0.1:80", weight).await;
        until(&mut watch, are(&[("10.0.0.1:80", weight), ("[2001:db8::1]:80", 1)])).await;
    }
    consul.remove("10.0.0.1:80").await;
    until(&mut watch, are(&[("[2001:db8::1]:80", 1)])).await;
    consul.remove("[2001:db8::1]:80").await;
    until(&mut watch, are(&[])).await;
    consul.put("10.0.0.1:80", 2).await;
    until(&mut watch, are(&[("10.0.0.1:80", 2)])).await;
}

async fn an_unknown_service_is_empty<C: ConsulServer>() {
    let consul = C::start_with(ConsulOptions::default()).await;
    assert_eq!(first(&consul.target_of("nobody")).await.unwrap().len(), 0);
}

async fn only_entries_whose_checks_pass_are_seen<C: ConsulServer>() {
    let consul = C::start_with(ConsulOptions::default()).await;
    let check = json!({"CheckID": "c", "TTL": "60s"});
    let service = json!({"ID": "a", "Name": "echo", "Address": "10.0.0.1", "Port": 80, "Check": check});
    consul.api().register(&service).await;
    let mut watch = watch(&consul.target());
    within(10 * SECOND, &mut watch, are(&[])).await;
    for (status, want) in
        [("passing", &[("10.0.0.1:80", 1)][..]), ("critical", &[]), ("passing", &[("10.0.0.1:80", 1)])]
    {
        consul.api().put("/v1/agent/check/update/c", &json!({"Status": status})).await;
        until(&mut watch, are(want)).await;
    }
}

async fn all_tags_must_match<C: ConsulServer>() {
    let consul = C::start_with(ConsulOptions::default()).await;
    for (n, tags) in
        [json!(["v1"]), json!(["v1", "Blue"]), json!(["blue", "zone=a b"]), json!([])].iter().enumerate()
    {
        let service =
            json!({"ID": n.to_string(), "Name": "echo", "Address": "h", "Port": n + 1, "Tags": tags});
        consul.api().register(&service).await;
    }
    let seen = async |options: &str, want: &[(&str, u32)]| {
        again(&format!("{}?{options}", consul.target()), are(want)).await
    };
    let set = seen("dc=dc1", &[("h:1", 1), ("h:2", 1), ("h:3", 1), ("h:4", 1)]).await;
    let of = |port: &str| set.iter().find(|i| i.name() == port).unwrap();
    assert_eq!(
        (of("h:2").tag("v1"), of("h:3").tag("zone"), of("h:4").tags().len()),
        (Some(""), Some("a b"), 0)
    );
    seen("tag=v1", &[("h:1", 1), ("h:2", 1)]).await;
    seen("tag=V1&tag=blue", &[("h:2", 1)]).await;
    seen("tag=blue&tag=zone%3Da%20b", &[("h:3", 1)]).await;
    seen("tag=v1&tag=red", &[]).await;
}

async fn the_datacenter_and_the_node_are_passed_on<C: ConsulServer>() {
    let mut consul = C::start_with(ConsulOptions::default()).await;
    consul.put("10.0.0.1:80", 5).await;
    let target = consul.target();
    again(&format!("{target}?dc=dc1&near=_agent"), are(&[("10.0.0.1:80", 5)])).await;
    let error = first(&format!("{target}?dc=nowhere")).await.unwrap_err();
    assert!(error.contains("500") && error.ends_with("No path to datacenter"), "{error}");
}

async fn the_namespace_is_passed_on<C: ConsulServer>() {
    let consul = C::start_with(ConsulOptions::default()).await;
    let error = first(&format!("{}?ns=team", consul.target())).await.unwrap_err();
    assert!(error.ends_with("Namespaces are a Consul Enterprise feature"), "{error}");
    let target = Target::parse(&format!("{}?ns=team", consul.target())).unwrap();
    let instance = Instance::from("10.0.0.1:80".parse::<Address>().unwrap());
    let error = ConsulRegistrar::new(&target).unwrap().register(&instance).await.unwrap_err().to_string();
    assert!(error.ends_with("Namespaces are a Consul Enterprise feature"), "{error}");
}

async fn a_consul_that_is_killed_is_an_error_and_comes_back_with_its_entries<C: ConsulServer>() {
    let mut consul = C::start_with(ConsulOptions::default()).await;
    consul.put("10.0.0.1:80", 5).await;
    let mut old = watch(&consul.target());
    within(10 * SECOND, &mut old, are(&[("10.0.0.1:80", 5)])).await;
    consul.kill();
    let error = loop {
        match timeout(5 * SECOND, old.next()).await.expect("the end is seen").expect("an error first") {
            Ok(set) => assert!(!set.is_empty(), "an error is no empty set"),
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains(consul.api().authority()), "{error}");
    assert!(old.next().await.is_none(), "an error ends the watch");
    assert!(first(&consul.target()).await.is_err());
    consul.restart().await;
    let mut new = watch(&consul.target());
    within(5 * SECOND, &mut new, are(&[("10.0.0.1:80", 5)])).await;
    consul.put("10.0.0.1:80", 6).await;
    until(&mut new, are(&[("10.0.0.1:80", 6)])).await;
}

async fn a_consul_that_starts_again_is_never_taken_for_an_empty_service<C: ConsulServer>() {
    let mut consul = C::start_with(ConsulOptions::default()).await;
    consul.put("10.0.0.1:80", 5).await;
    let target = consul.target();
    again(&target, are(&[("10.0.0.1:80", 5)])).await;
    consul.kill();
    let asking = tokio::spawn(async move {
        again(&target, |set| {
            assert!(!set.is_empty(), "empty while it started");
            true
        })
        .await
    });
    consul.restart().await;
    assert!(are(&[("10.0.0.1:80", 5)])(&asking.await.unwrap()));
}

async fn an_ipv6_address_is_reached<C: ConsulServer>() {
    let mut consul = C::start_with(ConsulOptions { ipv6: true, ..ConsulOptions::default() }).await;
    assert!(consul.target().starts_with("consul://[::1]:"));
    consul.put("10.0.0.1:80", 5).await;
    again(&consul.target(), are(&[("10.0.0.1:80", 5)])).await;
}

async fn a_server_that_is_down_is_passed_over<C: ConsulServer>() {
    let mut consul = C::start_with(ConsulOptions::default()).await;
    consul.put("10.0.0.1:80", 5).await;
    let [nobody] = free_ports();
    let target = format!("consul://127.0.0.1:{nobody},{}/echo", consul.api().authority());
    again(&target, are(&[("10.0.0.1:80", 5)])).await;
}
