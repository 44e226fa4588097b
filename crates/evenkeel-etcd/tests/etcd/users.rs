//! An etcd that asks who is calling.

use crate::common::{LATE, SOON, becomes, failure, open, stays, target};
use evenkeel_core::{Address, Instance};
use evenkeel_discover::Registrar;
use evenkeel_etcd::EtcdRegistrar;
use evenkeel_servers::{Etcd, Folder, Registry};
use std::time::Duration;

#[tokio::test]
async fn the_user_of_the_target_is_authenticated() {
    let mut etcd = Etcd::start().await;
    etcd.require_password("ge:heim@1");
    etcd.put("10.0.0.1:80", 1).await;
    let at = |who: &str| format!("etcd://{who}127.0.0.1:{}/services/echo", etcd.port());

    let mut watch = open(&at("root:ge%3aheim%401@"));
    becomes(&mut watch, LATE, &[("10.0.0.1:80", 1)]).await;
    etcd.ctl(&["put", "/services/echo/b", "10.0.0.2:80"]);
    becomes(&mut watch, SOON, &[("10.0.0.1:80", 1), ("10.0.0.2:80", 1)]).await;

    let error = failure(&mut open(&at("root:falsch@")), LATE).await;
    assert!(error.to_string().contains("authentication failed"), "{error}");
    assert!(!format!("{error} {error:?}").contains("falsch"), "{error:?}");

    let error = failure(&mut open(&at("")), LATE).await.to_string();
    assert!(error.contains("user name is empty"), "{error}");
}

#[tokio::test]
async fn a_registrar_authenticates_too() {
    let mut etcd = Etcd::start().await;
    etcd.require_password("geheim");
    let url = format!("etcd://root:geheim@127.0.0.1:{}/services/echo", etcd.port());
    let registrar = EtcdRegistrar::new(&target(&url)).unwrap();
    assert!(!format!("{registrar:?}").contains("geheim"));
    let instance = Instance::from("10.0.0.1:80".parse::<Address>().unwrap());
    let registration = registrar.register(&instance).await.unwrap();
    let mut watch = open(&url);
    becomes(&mut watch, LATE, &[("10.0.0.1:80", 1)]).await;
    registration.deregister().await.unwrap();
    becomes(&mut watch, SOON, &[]).await;
}

/// A token is good for a while; a registration lives longer.
#[tokio::test]
async fn a_token_that_has_expired_is_replaced() {
    let folder = Folder::new("jwt");
    let key = rcgen::KeyPair::generate().unwrap();
    let (private, public) =
        (folder.file("key.pem", &key.serialize_pem()), folder.file("public.pem", &key.public_key_pem()));
    let token = format!(
        "--auth-token=jwt,sign-method=ES256,ttl=2s,priv-key={},pub-key={}",
        private.display(),
        public.display()
    );
    let mut etcd = Etcd::start_with(&[token]).await;
    etcd.require_password("geheim");
    let url = format!("etcd://root:geheim@127.0.0.1:{}/services/echo", etcd.port());
    let instance = Instance::from("10.0.0.1:80".parse::<Address>().unwrap());
    let registration = EtcdRegistrar::new(&target(&url)).unwrap().register(&instance).await.unwrap();
    let mut watch = open(&url);
    becomes(&mut watch, LATE, &[("10.0.0.1:80", 1)]).await;
    stays(&mut watch, Duration::from_secs(4)).await;
    registration.update(&instance.clone().with_weight(5)).await.unwrap();
    becomes(&mut watch, SOON, &[("10.0.0.1:80", 5)]).await;
    // Tokens of before a change of users are refused with another error.
    etcd.ctl(&["user", "add", "joe:pw"]);
    registration.update(&instance.clone().with_weight(6)).await.unwrap();
    becomes(&mut watch, SOON, &[("10.0.0.1:80", 6)]).await;
    registration.deregister().await.unwrap();
    becomes(&mut watch, SOON, &[]).await;
}

/// As etcd's own client does it: credentials do no harm where nobody asks for them.
#[tokio::test]
async fn credentials_without_authentication_are_not_needed() {
    let mut etcd = Etcd::start().await;
    etcd.put("10.0.0.1:80", 1).await;
    let mut watch = open(&format!("etcd://root:pw@127.0.0.1:{}/services/echo", etcd.port()));
    becomes(&mut watch, SOON, &[("10.0.0.1:80", 1)]).await;
}
