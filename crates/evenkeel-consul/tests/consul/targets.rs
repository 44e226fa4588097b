use evenkeel_consul::{Consul, ConsulRegistrar};
use evenkeel_discover::{Discover, Target};

fn refusal(text: &str) -> String {
    let checked = Consul::new().check(&Target::parse(text).unwrap());
    checked.expect_err(text).to_string()
}

#[test]
fn a_good_target_passes() {
    for text in [
        "consul://h/echo",
        "consul://h:1,[::1]:2/a-b.c_d?tag=a&tag=b&dc=x&near=_agent&ns=n&token=t",
        "consul://127.0.0.1:8500/echo~1:x@y+z",
    ] {
        Consul::new().check(&Target::parse(text).unwrap()).unwrap();
    }
}

#[test]
fn each_mistake_in_a_target_is_named() {
    for (text, why) in [
        ("consul:///echo", "want at least one server"),
        ("consul://h", "want the name of a service"),
        ("consul://h/", "want the name of a service"),
        ("consul://h:0/echo", "the port must be in 1..=65535"),
        ("consul://::1/echo", "an IPv6 address must stand in brackets"),
        ("consul://h/a/b", "want a service's name"),
        ("consul://h/..", "want a service's name"),
        ("consul://h/a%20b", "want a service's name"),
        (
            "consul://h/echo?tags=a",
            "there is no option \"tags\"; there are: tag, dc, near, ns, token, ttl, ca, cert, key",
        ),
        ("consul://h/echo?tag=", "option tag: want a value"),
        ("consul://h/echo?dc=a&dc=b", "option dc: want it once"),
        ("consul://h/echo?near=", "option near: want a value"),
        ("consul://h/echo?cert=a", "options cert and key: want both or neither"),
        ("consul://h/echo?cert=a&key=b", "want an option ca too"),
        ("consul://me:5ec4e7@h/echo", "want an option token="),
        ("consul://5ec4e7@h/echo", "want USER:PASSWORD"),
        ("consul://h/echo?token=5ec4e7%C3%A9", "option token: want printable ASCII"),
    ] {
        let error = refusal(text);
        assert!(error.contains(why), "{text}: {error}");
        assert!(!error.contains("5ec4e7"), "{error}");
    }
}

#[cfg(not(feature = "tls"))]
#[test]
fn certificates_without_tls_are_a_mistake() {
    assert!(refusal("consul://h/echo?ca=/x.pem").contains("this build has no TLS"));
}

/// G 110.
#[test]
fn a_token_is_in_no_debug_output() {
    let target = Target::parse("consul://h/echo?token=5ec4e7").unwrap();
    let registrar = ConsulRegistrar::new(&target).unwrap();
    let shown = format!("{registrar:?} {:?} {target:?}", Consul::new());
    assert!(!shown.contains("5ec4e7"), "{shown}");
}

#[test]
fn source_and_registrar_take_the_same_targets() {
    for (options, why) in [
        ("ttl=1s", "in 2s..=3600s"),
        ("ttl=61m", "in 2s..=3600s"),
        ("ttl=abc", "want a time such as 5s"),
        ("ttl=5s&ttl=6s", "option ttl: want it once"),
        ("tag=", "option tag: want a value"),
        ("token=", "option token: want a value"),
    ] {
        let target = Target::parse(&format!("consul://h/echo?{options}")).unwrap();
        let error = ConsulRegistrar::new(&target).unwrap_err().to_string();
        assert!(error.contains(why), "{options}: {error}");
        assert_eq!(refusal(&format!("consul://h/echo?{options}")), error);
    }
    let target = Target::parse("consul://h/echo?ttl=2s&tag=a&dc=x").unwrap();
    ConsulRegistrar::new(&target).unwrap();
    Consul::new().check(&target).unwrap();
}
