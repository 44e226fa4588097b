//! Every source with its real registry, as people use them: `keel resolve --watch`, `keel echo`, `keel call`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;
mod merged;
mod outage;
mod registration;
mod watch;
mod watched;

use evenkeel_servers::{Etcd, FileRegistry, Knot};

/// The tests of one registry.
macro_rules! of {
    ($name:ident, $start:expr) => {
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn instances_come_change_and_go() {
                watch::instances_come_change_and_go($start).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn no_call_fails_while_the_registry_is_down() {
                outage::no_call_fails_while_the_registry_is_down($start).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn merged_with_one_that_is_up_it_may_go_down() {
                merged::the_other_registry_goes_on($start, FileRegistry::start().await).await;
            }
        }
    };
}

of!(etcd, Etcd::start().await);
of!(file, FileRegistry::start().await);
of!(srv, Knot::start().await);

#[tokio::test(flavor = "multi_thread")]
async fn servers_register_in_etcd() {
    registration::servers_come_and_go_and_no_call_fails(Etcd::start().await).await;
}
