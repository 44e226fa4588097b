//! Instances that are registered, in a real etcd.

use crate::common::{LATE, SOON, becomes, next, open, signal, target};
use evenkeel_core::{Address, Instance};
use evenkeel_discover::{RegisterError, Registrar, Registration};
use evenkeel_etcd::EtcdRegistrar;
use evenkeel_servers::{Etcd, Registry};
use std::time::Duration;

fn instance(address: &str) -> Instance {
    Instance::from(address.parse::<Address>().unwrap())
}

async fn registered(url: &str, instance: &Instance) -> Registration {
    EtcdRegistrar::new(&target(url)).unwrap().register(instance).await.unwrap()
}

/// F48.
#[tokio::test]
async fn what_is_registered_is_read_back_whole_updated_and_removed() {
    let etcd = Etcd::start().await;
    let addresses = ["10.0.0.1:80", "[::1]:80", "a.internal:80"].map(|text| text.parse().unwrap());
    let whole =
        Instance::new(addresses).with_weight(7).with_priority(2).with_tag("zone", "a\"ü").with_tag("x", "");
    let registration = registered(&etcd.target(), &whole).await;
    let mut watch = open(&etcd.target());
    assert_eq!(*next(&mut watch).await[0], whole);
    assert!(etcd.ctl(&["get", "/services/echo/10.0.0.1:80", "--keys-only"]).contains("10.0.0.1"));
    registration.update(&whole.clone().with_weight(0)).await.unwrap();
    becomes(&mut watch, SOON, &[("10.0.0.1:80", 0)]).await;
    registration.deregister().await.unwrap();
    becomes(&mut watch, SOON, &[]).await;
    registration.deregister().await.unwrap();
    assert_eq!(etcd.ctl(&["lease", "list"]).trim(), "found 0 leases");
}

#[tokio::test]
async fn registering_twice_is_one_instance_and_the_later_one_owns_it() {
    let etcd = Etcd::start().await;
    let first = registered(&etcd.target(), &instance("10.0.0.1:80")).await;
    let second = registered(&etcd.target(), &instance("10.0.0.1:80").with_weight(5)).await;
    let mut watch = open(&etcd.target());
    becomes(&mut watch, SOON, &[("10.0.0.1:80", 5)]).await;
    // A process that took the place of another is not taken out by the other's end.
    first.deregister().await.unwrap();
    becomes(&mut open(&etcd.target()), SOON, &[("10.0.0.1:80", 5)]).await;
    second.deregister().await.unwrap();
    becomes(&mut watch, SOON, &[]).await;
}

#[tokio::test]
async fn other_addresses_take_the_place_of_the_old() {
    let etcd = Etcd::start().await;
    let registration = registered(&etcd.target(), &instance("10.0.0.1:80")).await;
    registration.update(&instance("10.0.0.2:80")).await.unwrap();
    becomes(&mut open(&etcd.target()), SOON, &[("10.0.0.2:80", 1)]).await;
}

#[tokio::test]
async fn without_a_slash_the_key_has_none() {
    let etcd = Etcd::start().await;
    let _kept = registered(&format!("{}?slash=no", etcd.target()), &instance("10.0.0.1:80")).await;
    assert!(etcd.ctl(&["get", "services/echo/10.0.0.1:80"]).contains("addresses"));
    becomes(&mut open(&etcd.target()), SOON, &[("10.0.0.1:80", 1)]).await;
}

#[tokio::test]
async fn an_instance_without_an_address_is_refused() {
    let etcd = Etcd::start().await;
    let registrar = EtcdRegistrar::new(&target(&etcd.target())).unwrap();
    let error = registrar.register(&Instance::new([])).await.unwrap_err();
    assert!(matches!(error, RegisterError::Instance(_)), "{error}");
}

/// F47, kitex-contrib/registry-etcd#11: a lost lease left the service unregistered.
#[tokio::test]
async fn a_lease_that_is_revoked_is_replaced() {
    let etcd = Etcd::start().await;
    let registration = registered(&format!("{}?ttl=3s", etcd.target()), &instance("10.0.0.1:80")).await;
    let mut watch = open(&etcd.target());
    becomes(&mut watch, SOON, &[("10.0.0.1:80", 1)]).await;
    let leases = etcd.ctl(&["lease", "list"]);
    etcd.ctl(&["lease", "revoke", leases.lines().nth(1).unwrap()]);
    becomes(&mut watch, SOON, &[]).await;
    becomes(&mut watch, Duration::from_secs(3), &[("10.0.0.1:80", 1)]).await;
    drop(registration);
    becomes(&mut watch, SOON, &[]).await;
}

/// go-kit PR 1044: nothing was registered again after an outage of etcd.
#[tokio::test]
async fn after_an_outage_longer_than_the_ttl_it_is_registered_again() {
    let mut etcd = Etcd::start().await;
    let mut registration = registered(&format!("{}?ttl=2s", etcd.target()), &instance("10.0.0.1:80")).await;
    let leases = etcd.ctl(&["lease", "list"]);
    // It is to be gone in any case when etcd is back.
    etcd.ctl(&["lease", "revoke", leases.lines().nth(1).unwrap()]);
    etcd.kill();
    assert!(registration.changed().await.unwrap().is_some());
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(registration.failure().is_some());
    etcd.restart().await;
    becomes(&mut open(&etcd.target()), Duration::from_secs(10), &[("10.0.0.1:80", 1)]).await;
    while registration.failure().is_some() {
        registration.changed().await.unwrap();
    }
}

/// The lease is renewed for as long as the process lives, and no longer.
#[tokio::test]
async fn a_lease_is_kept_alive_and_expires_when_nobody_does() {
    let etcd = Etcd::start().await;
    let url = format!("{}?ttl=2s", etcd.target());
    // A runtime that is gone without a word is what a killed process looks like.
    let other = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let registration = other.spawn({
        let url = url.clone();
        async move { registered(&url, &instance("10.0.0.1:80")).await }
    });
    let registration = registration.await.unwrap();
    let mut watch = open(&url);
    becomes(&mut watch, SOON, &[("10.0.0.1:80", 1)]).await;
    crate::common::stays(&mut watch, Duration::from_secs(5)).await;
    other.shutdown_background();
    becomes(&mut watch, Duration::from_secs(5), &[]).await;
    drop(registration);
}

#[tokio::test]
async fn a_server_that_hangs_is_passed_over() {
    let etcd = Etcd::start().await;
    let hung = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = hung.local_addr().unwrap().port();
    let url = format!("etcd://127.0.0.1:{port},127.0.0.1:{}/services/echo", etcd.port());
    let registrar = EtcdRegistrar::new(&target(&url)).unwrap();
    // Whichever is the first.
    let first = registrar.register(&instance("10.0.0.1:80")).await.unwrap();
    let second = registrar.register(&instance("10.0.0.2:80")).await.unwrap();
    becomes(&mut open(&etcd.target()), SOON, &[("10.0.0.1:80", 1), ("10.0.0.2:80", 1)]).await;
    drop((first, second));
}

#[tokio::test]
async fn deregistering_is_bounded() {
    let etcd = Etcd::start().await;
    let registration = registered(&etcd.target(), &instance("10.0.0.1:80")).await;
    signal(etcd.id(), "STOP");
    let error = tokio::time::timeout(LATE, registration.deregister()).await.unwrap().unwrap_err();
    assert!(matches!(error, RegisterError::TooLate(_) | RegisterError::Registry(_)), "{error}");
}
