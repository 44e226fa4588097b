//! With this machine's own configuration.
#![allow(clippy::unwrap_used, reason = "a test may")]

use evenkeel_core::Address;
use evenkeel_discover::{Discover, Target};
use evenkeel_dns::Dns;
use futures_util::StreamExt;

#[tokio::test]
async fn localhost_needs_no_dns() {
    for (target, port) in [("localhost:1", 1), ("dns:///localhost", 443)] {
        let set =
            Box::pin(Dns::default().watch(&Target::parse(target).unwrap())).next().await.unwrap().unwrap();
        let loopback = |a: &Address| matches!(a, Address::Tcp(a) if a.ip().is_loopback() && a.port() == port);
        assert!(!set.is_empty() && set.iter().all(|i| i.addresses().iter().all(loopback)), "{set:?}");
    }
}
