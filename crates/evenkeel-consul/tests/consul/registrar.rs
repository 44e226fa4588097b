use crate::{
    both,
    support::{SECOND, again, are, becomes, until, watch, within},
};
use evenkeel_consul::ConsulRegistrar;
use evenkeel_core::{Address, Instance};
use evenkeel_discover::{RegisterError, Registrar, Target};
use evenkeel_servers::{ConsulFake, ConsulOptions, ConsulServer, Registry};
use std::path::Path;

both! {
    /// F48: whatever an instance has comes back.
    what_is_registered_is_read_back_whole,
    /// F48: registering twice is registering once, and deregistering twice does no harm.
    twice_is_once,
    /// F48.
    an_update_replaces_the_weight,
    /// F48.
    dropping_the_registration_takes_the_instance_out,
    /// F48.
    without_heartbeats_the_instance_is_gone_after_its_ttl,
    /// F47: the lease is lost.
    an_agent_that_lost_everything_is_told_again,
    /// F48: not even the time to the next heartbeat is lost.
    an_agent_that_starts_again_has_the_instance_at_once,
    /// G 110.
    a_registration_that_is_not_allowed_is_an_error_without_the_token,
}

fn at(addresses: &[&str]) -> Instance {
    Instance::new(addresses.iter().map(|text| text.parse().unwrap()))
}

fn registrar(target: &str) -> ConsulRegistrar {
    ConsulRegistrar::new(&Target::parse(target).unwrap()).unwrap()
}

async fn what_is_registered_is_read_back_whole<C: ConsulServer>() {
    let consul = C::start_with(ConsulOptions::default()).await;
    let many = (0..64).fold(at(&["10.0.0.5:80"]), |i, n| i.with_tag(format!("key{n}"), "v".repeat(40)));
    let addresses: Vec<String> = (0..40).map(|n| format!("[2001:db8:1:2:3:4:5:{n:x}]:8080")).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let instances = [
        at(&["10.0.0.1:80"]),
        at(&["[2001:db8::1]:80", "10.0.0.2:80"]).with_weight(0).with_priority(3),
        at(&["svc.internal.:80"]).with_weight(65_535).with_tag("v1", "").with_tag("zone", "a b"),
        at(&["[fe80::1%eth0]:80"]).with_weight(u32::MAX).with_priority(u32::MAX),
        at(&["unix:/run/a b/x.sock"]).with_weight(65_536),
        at(&["10.0.0.3:80", "unix:/run/x.sock"]),
        at(&["10.0.0.4:80"])
            .with_tag("a=b", "c=d")
            .with_tag("=", "é✓\"\\")
            .with_tag("long=", "é".repeat(1900))
            .with_tag("é", "=x"),
        many,
        at(&addresses),
    ];
    let registrar = registrar(&consul.target());
    let mut kept = Vec::new();
    for instance in &instances {
        kept.push(registrar.register(instance).await.unwrap());
    }
    let set = again(&consul.target(), |set| set.len() == instances.len()).await;
    for instance in &instances {
        let read = set.iter().find(|read| read.key() == instance.key());
        assert_eq!(read.map(|read| &**read), Some(instance));
    }
    assert_eq!(set.dropped(), None);
    again(&format!("{}?tag=v1&tag=zone%3Da%20b", consul.target()), are(&[("svc.internal.:80", 65_535)]))
        .await;
    for one in kept {
        one.deregister().await.unwrap();
    }
    again(&consul.target(), are(&[])).await;
}

async fn twice_is_once<C: ConsulServer>() {
    let consul = C::start_with(ConsulOptions::default()).await;
    let registrar = registrar(&consul.target());
    let first = registrar.register(&at(&["10.0.0.1:80", "10.0.0.2:80"])).await.unwrap();
    let second = registrar.register(&at(&["10.0.0.2:80", "10.0.0.1:80"]).with_weight(7)).await.unwrap();
    again(&consul.target(), are(&[("10.0.0.2:80", 7)])).await;
    let entries = consul.api().get("/v1/health/service/echo").await;
    assert_eq!(entries.as_array().unwrap().len(), 1, "{entries}");
    first.deregister().await.unwrap();
    first.deregister().await.unwrap();
    second.deregister().await.unwrap();
    again(&consul.target(), are(&[])).await;
}

async fn an_update_replaces_the_weight<C: ConsulServer>() {
    let consul = C::start_with(ConsulOptions::default()).await;
    let kept = registrar(&consul.target()).register(&at(&["10.0.0.1:80"])).await.unwrap();
    let mut watch = watch(&consul.target());
    within(5 * SECOND, &mut watch, are(&[("10.0.0.1:80", 1)])).await;
    for weight in [9, 0, 70_000] {
        kept.update(&at(&["10.0.0.1:80"]).with_weight(weight)).await.unwrap();
        until(&mut watch, are(&[("10.0.0.1:80", weight)])).await;
    }
    // Other addresses are another entry, in the place of the first.
    kept.update(&at(&["10.0.0.2:80"])).await.unwrap();
    until(&mut watch, are(&[("10.0.0.2:80", 1)])).await;
}

async fn dropping_the_registration_takes_the_instance_out<C: ConsulServer>() {
    let consul = C::start_with(ConsulOptions::default()).await;
    let kept = registrar(&consul.target()).register(&at(&["10.0.0.1:80"])).await.unwrap();
    let mut watch = watch(&consul.target());
    within(5 * SECOND, &mut watch, are(&[("10.0.0.1:80", 1)])).await;
    drop(kept);
    until(&mut watch, are(&[])).await;
}

async fn without_heartbeats_the_instance_is_gone_after_its_ttl<C: ConsulServer>() {
    let consul = C::start_with(ConsulOptions::default()).await;
    let target = format!("{}?ttl=2s", consul.target());
    let mut watch = watch(&consul.target());
    within(5 * SECOND, &mut watch, are(&[])).await;
    // A process that ends without a word: its runtime is gone, and nobody deregisters.
    let process = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let registering = async move { registrar(&target).register(&at(&["10.0.0.1:80"])).await };
    let kept = process.spawn(registering).await.unwrap().unwrap();
    within(2 * SECOND, &mut watch, are(&[("10.0.0.1:80", 1)])).await;
    tokio::select! {
        answer = within(60 * SECOND, &mut watch, are(&[])) => panic!("{answer:?} in spite of heartbeats"),
        () = tokio::time::sleep(4 * SECOND) => {}
    }
    process.shutdown_background();
    within(3 * SECOND + SECOND, &mut watch, are(&[])).await;
    drop(kept);
}

async fn an_agent_that_lost_everything_is_told_again<C: ConsulServer>() {
    let mut consul = C::start_with(ConsulOptions::default()).await;
    let target = format!("{}?ttl=2s", consul.target());
    let kept = registrar(&target).register(&at(&["10.0.0.1:80"]).with_weight(4)).await.unwrap();
    again(&consul.target(), are(&[("10.0.0.1:80", 4)])).await;
    consul.kill();
    becomes(|| kept.failure().is_some()).await;
    consul.restart_empty().await;
    again(&consul.target(), are(&[("10.0.0.1:80", 4)])).await;
    becomes(|| kept.failure().is_none()).await;
    // Without a restart too: the entry is taken out behind its back.
    consul.api().deregister("echo@10.0.0.1:80").await;
    again(&consul.target(), are(&[])).await;
    again(&consul.target(), are(&[("10.0.0.1:80", 4)])).await;
}

async fn an_agent_that_starts_again_has_the_instance_at_once<C: ConsulServer>() {
    let mut consul = C::start_with(ConsulOptions::default()).await;
    let target = format!("{}?ttl=10m", consul.target());
    let kept = registrar(&target).register(&at(&["10.0.0.1:80"])).await.unwrap();
    again(&consul.target(), are(&[("10.0.0.1:80", 1)])).await;
    consul.kill();
    consul.restart().await;
    again(&consul.target(), are(&[("10.0.0.1:80", 1)])).await;
    assert!(kept.failure().is_none(), "nothing but the agent's own memory brought it back");
}

async fn a_registration_that_is_not_allowed_is_an_error_without_the_token<C: ConsulServer>() {
    let consul = C::start_with(ConsulOptions { acl: true, ..ConsulOptions::default() }).await;
    let instance = at(&["10.0.0.1:80"]);
    let error = registrar(&consul.target()).register(&instance).await.unwrap_err().to_string();
    assert!(error.contains("403") && error.contains("Permission denied"), "{error}");
    let wrong = format!("{}?token=5ec4e7-wrong", consul.target());
    let error = registrar(&wrong).register(&instance).await.unwrap_err().to_string();
    assert!(error.contains("403") && !error.contains("5ec4e7"), "{error}");
    let right = format!("{}?token={}", consul.target(), ConsulOptions::TOKEN);
    let _kept = registrar(&right).register(&instance).await.unwrap();
    again(&right, are(&[("10.0.0.1:80", 1)])).await;
}

#[tokio::test]
async fn an_instance_that_cannot_be_written_is_refused_before_anybody_is_asked() {
    let mut fake = ConsulFake::start().await;
    fake.kill();
    let many = (0..2000).map(|n| format!("[2001:db8:1:2:3:4:5:{n:x}]:8080").parse().unwrap());
    let unread = (0..65).fold(at(&["a:1"]), |i, n| i.with_tag(format!("k{n}"), "v"));
    let unreadable = Address::Name("a b".into(), 1);
    for (instance, why) in [
        (at(&[]), "it has no address"),
        (Instance::from(Address::Unix(Path::new("/a,b").into())), "cannot be written"),
        (Instance::from(unreadable), "cannot be written"),
        (Instance::new(many), "pairs of metadata; Consul takes 64"),
        (unread, "its tags are over 64"),
    ] {
        let error = registrar(&fake.target()).register(&instance).await.unwrap_err();
        assert!(matches!(error, RegisterError::Instance(_)) && error.to_string().contains(why), "{error}");
    }
}

/// F48: an agent that dies is replaced by the next of the list.
#[tokio::test]
async fn an_instance_moves_to_the_next_agent_when_its_own_is_dead() {
    let (mut one, two) = (ConsulFake::start().await, ConsulFake::start().await);
    let target = format!("consul://{},{}/echo?ttl=2s", one.api().authority(), two.api().authority());
    let kept = registrar(&target).register(&at(&["10.0.0.1:80"])).await.unwrap();
    again(&one.target(), are(&[("10.0.0.1:80", 1)])).await;
    one.kill();
    again(&two.target(), are(&[("10.0.0.1:80", 1)])).await;
    kept.deregister().await.unwrap();
    again(&two.target(), are(&[])).await;
}
