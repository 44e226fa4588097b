//! Every source with its real registry, as people use them: `keel resolve --watch`, `keel echo`, `keel call`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;
mod merged;
mod outage;
mod registration;
mod schemes;
mod watch;
mod watched;

use evenkeel_servers::{Consul, ConsulFake, Etcd, FileRegistry, Knot, KubernetesFake, Zookeeper};

/// The tests of one registry. Where it cannot be had, as only the real Consul may not, it says so itself.
macro_rules! of {
    ($name:ident, $start:expr) => {
        of!($name, true, $start);
    };
    ($name:ident, $is_here:expr, $start:expr) => {
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn instances_come_change_and_go() {
                if $is_here {
                    watch::instances_come_change_and_go($start).await;
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn no_call_fails_while_the_registry_is_down() {
                if $is_here {
                    outage::no_call_fails_while_the_registry_is_down($start).await;
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn merged_with_one_that_is_up_it_may_go_down() {
                if $is_here {
                    merged::the_other_registry_goes_on($start, FileRegistry::start().await).await;
                }
            }
        }
    };
}

of!(etcd, Etcd::start().await);
of!(file, FileRegistry::start().await);
of!(srv, Knot::start().await);
of!(kubernetes_fake, KubernetesFake::start().await);
of!(zookeeper, Zookeeper::start().await);
of!(consul_fake, ConsulFake::start().await);
of!(consul, Consul::is_installed(), Consul::start().await);

#[tokio::test(flavor = "multi_thread")]
async fn servers_register_in_etcd() {
    registration::servers_come_and_go_and_no_call_fails(Etcd::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_register_in_zookeeper() {
    registration::servers_come_and_go_and_no_call_fails(Zookeeper::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_register_in_consul() {
    if Consul::is_installed() {
        registration::servers_come_and_go_and_no_call_fails(Consul::start().await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_register_in_the_fake_consul() {
    registration::servers_come_and_go_and_no_call_fails(ConsulFake::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn etcd_away_for_longer_than_the_lease_loses_nobody() {
    registration::a_registry_away_for_longer_than_the_lease_loses_nobody(Etcd::start().await, "ttl=3s").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zookeeper_away_for_longer_than_the_session_loses_nobody() {
    let server = Zookeeper::start().await;
    registration::a_registry_away_for_longer_than_the_lease_loses_nobody(server, "session=3s").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consul_away_for_longer_than_the_check_loses_nobody() {
    if Consul::is_installed() {
        let server = Consul::start().await;
        registration::a_registry_away_for_longer_than_the_lease_loses_nobody(server, "ttl=3s").await;
    }
    let fake = ConsulFake::start().await;
    registration::a_registry_away_for_longer_than_the_lease_loses_nobody(fake, "ttl=3s").await;
}
