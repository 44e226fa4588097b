use super::{Authority, Client, Server, Setup};
use evenkeel_channel::{Builder, Channel};
use std::{future::Future, time::Duration};

/// Whose server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stack {
    Tonic,
    Grpcio,
}

/// One combination that a test runs in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) stack: Stack,
    pub(crate) tls: bool,
}

impl Case {
    pub(crate) async fn server(self) -> Server {
        self.server_with(Setup::default()).await
    }

    pub(crate) async fn server_with(self, setup: Setup) -> Server {
        Server::start(self.stack, Setup { identity: self.tls.then(|| Authority::shared().target()), ..setup })
            .await
    }

    /// A builder for a channel to `target`, as this combination needs it.
    pub(crate) fn builder(self, target: impl Into<String>) -> Builder {
        let builder = Channel::builder(target).authority("target.test");
        if self.tls { builder.tls(Authority::shared().client()) } else { builder }
    }

    pub(crate) fn client(self, servers: &[&Server]) -> Client {
        let channel =
            self.builder(static_target(servers.iter().map(|server| &server.address))).build().unwrap();
        client(channel)
    }
}

/// A client that takes messages of any size.
pub(crate) fn client(channel: Channel) -> Client {
    Client::new(channel).max_decoding_message_size(usize::MAX)
}

/// The target of a fixed list.
pub(crate) fn static_target(addresses: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let list: Vec<_> = addresses.into_iter().map(|address| address.as_ref().to_owned()).collect();
    format!("static:///{}", list.join(","))
}

/// Runs `work`, which must end in that many seconds.
pub(crate) async fn within<T>(seconds: u64, work: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(seconds);
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| panic!("not done within {limit:?}"))
}

/// A module of four tests, one a combination, for each function that takes a [`Case`]. Each must end in a minute.
macro_rules! on_every_server {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        mod $name {
            use crate::support::{Case, Stack::{Grpcio, Tonic}, within};

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn tonic_in_the_clear() {
                within(60, super::$name(Case { stack: Tonic, tls: false })).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn tonic_over_tls() {
                within(60, super::$name(Case { stack: Tonic, tls: true })).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn grpcio_in_the_clear() {
                within(60, super::$name(Case { stack: Grpcio, tls: false })).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn grpcio_over_tls() {
                within(60, super::$name(Case { stack: Grpcio, tls: true })).await;
            }
        }
    )*};
}

pub(crate) use on_every_server;
