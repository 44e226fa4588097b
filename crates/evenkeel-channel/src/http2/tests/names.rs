//! What a name may mean when it is dialled. The system's resolver takes `0` for 0.0.0.0, which reaches this machine, and `2852039166` for
//! 169.254.169.254 (POSIX `inet_addr`); no text is read as such an [`Address`], so they stand for names that a DNS server answers so.

use super::*;
use crate::Channel;
use evenkeel_core::{Instance, Snapshot};
use evenkeel_discover::{Addresses, Discover, DiscoverError, Source, Target, once};
use futures_util::{Stream, StreamExt, stream};

/// G 105.
#[tokio::test]
async fn a_name_that_means_what_may_not_be_dialled_is_not_dialled() {
    for (rules, host, why) in [
        (Addresses::Default, "0", "0 is 0.0.0.0, and may not be: unspecified"),
        (Addresses::Default, "2852039166", "169.254.169.254, and may not be: a metadata service"),
        (Addresses::Strict, "2130706433", "127.0.0.1, and may not be: loopback"),
        (Addresses::Strict, "fe80::1%1", "fe80::1, and may not be: link-local"),
    ] {
        let http2 = Http2::new(Http2Options::default()).names(rules);
        let error = soon(http2.connect(&Address::Name(host.into(), 1))).await.unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

/// A registry in which somebody wrote a name.
struct Registry(Address);

impl Discover for Registry {
    fn watch(&self, _: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        stream::iter([Ok([Instance::from(self.0.clone())].into_iter().collect())]).chain(stream::pending())
    }
}

/// G 105: the rules of discovery hold for names, too, and none holds for what is given.
#[tokio::test]
async fn a_channel_dials_names_by_the_rules_of_its_target() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let at = |host: &str| Address::Name(host.into(), port);
    let registry = |host| Source::new(Registry(at(host)));
    let given = Source::new(once([Instance::from(at("0"))]));
    for (source, target, is_dialled) in [
        (registry("0"), "x:///svc", false),
        (registry("0"), "x:///svc?addresses=all", true),
        (registry("2130706433"), "x:///svc", true),
        (registry("2130706433"), "x:///svc?addresses=strict", false),
        (given, "x:///svc", true),
    ] {
        let channel = Channel::builder(target).discover(source).authority("svc").build().unwrap();
        if is_dialled {
            let dialled = tokio::select! {
                _ = channel.ready() => panic!("a listener that says nothing is not ready"),
                () = accepted(&listener) => true,
            };
            assert!(dialled);
        } else {
            let error = soon(channel.ready()).await.unwrap_err().to_string();
            assert!(error.contains("may not be"), "{target}: {error}");
            assert!(listener.accept().is_err(), "{target} was dialled");
        }
    }
}

async fn accepted(listener: &std::net::TcpListener) {
    let accept = async {
        while listener.accept().is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    soon(accept).await;
}
