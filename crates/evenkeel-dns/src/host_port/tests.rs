use super::*;

fn read(text: &str) -> Result<(String, u16), BadHost> {
    text.parse::<HostPort>().map(|read| (read.host, read.port))
}

/// G-79; the port that is not written is gRPC's, 443.
#[test]
fn a_host_has_a_port_or_gets_the_default() {
    for (text, host, port) in [
        ("[::1]", "::1", 443),
        ("[::1]:8080", "::1", 8080),
        ("[fe80::1%eth0]:80", "fe80::1%eth0", 80),
        ("127.0.0.1", "127.0.0.1", 443),
        ("127.0.0.1:1", "127.0.0.1", 1),
        ("github.com:80", "github.com", 80),
        ("github.com.:65535", "github.com.", 65535),
        ("localhost", "localhost", 443),
        ("_under.score:1", "_under.score", 1),
    ] {
        assert_eq!(read(text), Ok((host.to_owned(), port)), "{text}");
    }
}

/// G-79: distinct typed errors.
#[test]
fn each_mistake_has_its_own_error() {
    let (long, label) = ("a.".repeat(127) + "a", "a".repeat(64));
    for (text, error) in [
        ("[::1", BadHost::OpenBracket),
        ("[:1]", BadHost::NoIpv6),
        ("[fe80::1%]", BadHost::NoIpv6),
        ("[::1]80", BadHost::BehindBracket),
        ("::1", BadHost::NoBrackets),
        (":a", BadHost::NoHost),
        ("", BadHost::NoHost),
        (".:1", BadHost::NoHost),
        ("x:", BadHost::NoPort),
        ("[::1]:", BadHost::NoPort),
        ("x:70000", BadHost::PortOutOfRange),
        ("x:0", BadHost::PortOutOfRange),
        ("x:-1", BadHost::PortNotANumber),
        ("x:+1", BadHost::PortNotANumber),
        ("300.1.1.1", BadHost::NoIpv4),
        ("1.2.3.4.", BadHost::NoIpv4),
        ("a..b", BadHost::BadName),
        ("a b", BadHost::BadName),
        ("bücher.de", BadHost::BadName),
        (&long, BadHost::BadName),
        (&label, BadHost::BadName),
    ] {
        assert_eq!(read(text), Err(error), "{text}");
    }
}

#[test]
fn an_ip_address_is_told_from_a_name() {
    let literal = |text: &str| text.parse::<HostPort>().unwrap().literal().map(|a| a.to_string());
    assert_eq!(literal("10.0.0.1:5").as_deref(), Some("10.0.0.1:5"));
    assert_eq!(literal("[::1]").as_deref(), Some("[::1]:443"));
    assert_eq!(literal("[fe80::1%eth0]:80").as_deref(), Some("[fe80::1%eth0]:80"));
    assert_eq!(literal("a.b:5"), None);
}
