use crate::support::{Authority, Case, Identity, Server, Setup, Stack, say, static_target, within};
use evenkeel_channel::Channel;
use evenkeel_core::{Address, Instance};
use evenkeel_discover::Manual;
use evenkeel_echo::echo_client::EchoClient;
use tonic::Code;

const STACKS: [Stack; 2] = [Stack::Tonic, Stack::Grpcio];

/// The text of the refusal of a server with this identity, whose address comes from discovery.
async fn refusal(stack: Stack, identity: Option<Identity>) -> String {
    let server = Server::start(stack, Setup { identity, ..Setup::default() }).await;
    let found = Manual::new();
    found.set(
        [Instance::from(server.address.parse::<Address>().unwrap())]
            .into_iter()
            .collect::<evenkeel_core::Snapshot>(),
    );
    let channel = Channel::builder("manual:///target.test")
        .discover(found)
        .tls(Authority::shared().client())
        .build()
        .unwrap();
    let status = within(10, EchoClient::new(channel).unary_echo(say("hi"))).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{stack:?}: {status:?}");
    assert!(status.message().contains(&server.address), "{stack:?}: {status:?}");
    if let Ok(peers) = plain(&server).unary_echo(say("#peers")).await {
        // The only connection that a call came over is that of the question itself.
        assert_eq!(peers.get_ref().message, "1", "{stack:?}");
    }
    status.message().to_owned()
}

fn plain(server: &Server) -> EchoClient<Channel> {
    EchoClient::new(Channel::builder(static_target([&server.address])).build().unwrap())
}

/// G 102: the certificate is good for the address that discovery gave, and for nothing else.
#[tokio::test]
async fn a_certificate_for_the_address_is_none_for_the_target() {
    for stack in STACKS {
        let text = refusal(stack, Some(Authority::shared().identity("127.0.0.1", 4000))).await;
        assert!(text.contains("for another name") && text.contains("target.test"), "{stack:?}: {text}");
    }
}

/// G 103.
#[tokio::test]
async fn an_expired_certificate_is_refused() {
    for stack in STACKS {
        let text = refusal(stack, Some(Authority::shared().identity("target.test", 2001))).await;
        assert!(text.contains("has expired"), "{stack:?}: {text}");
    }
}

/// G 103.
#[tokio::test]
async fn a_certificate_that_signs_itself_is_refused() {
    for stack in STACKS {
        let text = refusal(stack, Some(Identity::self_signed())).await;
        assert!(text.contains("unknown issuer"), "{stack:?}: {text}");
    }
}

/// G 102: never plain text.
#[tokio::test]
async fn a_server_without_tls_is_refused_and_gets_no_call() {
    for stack in STACKS {
        let text = refusal(stack, None).await;
        assert!(text.contains("TLS"), "{stack:?}: {text}");
    }
}

#[tokio::test]
async fn a_server_with_tls_is_no_server_in_the_clear() {
    for stack in STACKS {
        let server = Case { stack, tls: true }.server().await;
        let status = within(10, plain(&server).unary_echo(say("hi"))).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable, "{stack:?}: {status:?}");
        assert!(status.message().contains("not an HTTP/2 peer"), "{stack:?}: {status:?}");
    }
}
