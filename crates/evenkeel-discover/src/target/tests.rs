use super::{redact::HIDDEN, *};
use proptest::prelude::*;
use std::time::Duration;

fn parts(text: &str) -> (String, String, String) {
    let t = Target::parse(text).unwrap();
    (t.scheme().to_owned(), t.authority().to_owned(), t.path().to_owned())
}

#[test]
fn a_target_has_scheme_authority_path_and_options() {
    let of = |s: &str, a: &str, p: &str| (s.to_owned(), a.to_owned(), p.to_owned());
    assert_eq!(parts("static:///a:1,b:2"), of("static", "", "a:1,b:2"));
    assert_eq!(parts("ETCD://h:1,h:2/a/b"), of("etcd", "h:1,h:2", "a/b"));
    assert_eq!(parts("svc.internal:50051"), of("dns", "", "svc.internal:50051"));
    assert_eq!(parts("localhost"), of("dns", "", "localhost"));
    assert_eq!(parts("unix:/run/x.sock"), of("unix", "", "/run/x.sock"));
    assert_eq!(parts("unix:///run/x.sock"), of("unix", "", "/run/x.sock"));
    let t = Target::parse("consul://h:1/svc?tag=v%202&dc=x").unwrap();
    assert_eq!((t.option("tag"), t.option("dc"), t.option("near")), (Some("v 2"), Some("x"), None));
}

#[test]
fn a_path_is_decoded_for_those_that_ask() {
    let target = Target::parse("file:///etc/a%20b").unwrap();
    assert_eq!((target.path(), target.decoded_path().as_deref()), ("etc/a%20b", Ok("etc/a b")));
    assert!(Target::parse("file:///%ff").unwrap().decoded_path().is_err());
    assert!(Target::parse("file:///%0a").unwrap().decoded_path().is_err());
}

#[test]
fn a_bad_target_is_one_clear_error() {
    for (text, why) in [
        ("", "target \"\": it is empty"),
        ("static:///a\u{7}:1", "control characters"),
        ("dns:///x?tag", "KEY=VALUE"),
        ("dns:///x?tag=%4", "two hexadecimal digits"),
        ("dns:///x?tag=%00", "control characters"),
    ] {
        let error = Target::parse(text).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn a_target_names_its_service() {
    for (target, name) in [
        ("svc.internal:50051", "svc.internal:50051"),
        ("static:///a:1;weight=2,b:2", "a:1"),
        ("unix:/run/x.sock", "localhost"),
        ("srv:///_grpc._tcp.svc.internal", "svc.internal"),
        ("file:///etc/services/echo.json", "echo"),
        ("etcd://h:1,h:2/services/echo", "echo"),
        ("consul://h/echo?tag=a", "echo"),
        ("kubernetes:///ns/echo:grpc", "echo"),
        ("merge:///?of=etcd://h/services/echo&of=file:///x.json", "echo"),
    ] {
        assert_eq!(Target::parse(target).unwrap().service_name(), name, "{target}");
    }
}

/// G 110 of the scenarios.
#[test]
fn credentials_are_read_and_never_shown() {
    let text =
        "etcd://us%65r:p%40ss@h:1,[::1]:2/svc?token=t0ken&ttl=5s&of=consul://h/x%3Ftoken%3Dinner&Password=pw";
    let target = Target::parse(text).unwrap();
    assert_eq!(target.credentials().unwrap(), Some(("user".to_owned(), "p@ss".to_owned())));
    assert_eq!((target.authority(), target.option("token")), ("h:1,[::1]:2", Some("t0ken")));
    let bad = target.bad("no").to_string();
    for shown in [target.to_string(), format!("{target:?}"), bad, Target::redact(text)] {
        for secret in ["p%40ss", "p@ss", "us%65r", "t0ken", "inner", "=pw"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("ttl=5s"), "{shown}");
    }
    for bad in ["etcd://me:secret@h/\u{7}?token=secret", "etcd://me:sec/ret@h/x", "etcd://me:sec?ret@h/x"] {
        let error = Target::parse(bad).unwrap_err().to_string();
        assert!(!error.contains("sec") && !error.contains("ret"), "{error}");
    }
    assert!(Target::parse("file:///etc/a@b.json").is_ok() && Target::parse("etcd://h:1/a@b").is_ok());
}

/// G 110: mistakes that put a secret where none is expected.
#[test]
fn a_secret_in_the_wrong_place_is_not_shown() {
    for text in [
        "etcd:///me:s3cret@h:1/svc",
        "me:s3cret@h:1",
        "etcd:/me:s3cret@h/svc",
        "consul://h/svc?acl_token=s3cret",
        "consul://h/svc?X-Consul-Token=s3cret",
        "consul://h/svc?%74oken=s3cret&x",
        "consul://h/svc?token:s3cret",
        "nacos://h/svc?secretKey=s3cret&x=%4",
        "merge:///?%6ff=etcd://me:s3cret@h/svc&x",
    ] {
        assert!(!Target::redact(text).contains("s3cret"), "{text}");
        match Target::parse(text) {
            Ok(target) => {
                let shown = format!(
                    "{target} {target:?} {}",
                    target.only_options(&[]).map_or_else(|e| e.to_string(), |()| String::new())
                );
                assert!(!shown.contains("s3cret"), "{shown}");
            }
            Err(error) => assert!(!error.to_string().contains("s3cret"), "{error}"),
        }
    }
    assert_eq!(Target::redact("file:///etc/a@b.json"), "file:///etc/a@b.json");
}

/// G 111: targets within targets without end do not cost the stack.
#[test]
fn a_target_that_nests_without_end_is_shown_and_named() {
    let text = "merge:///?of=".repeat(80_000);
    let target = Target::parse(&text).unwrap();
    assert_eq!(target.service_name(), "");
    assert!(target.to_string().ends_with(HIDDEN) && target.bad("no").to_string().len() < 1024);
    assert!(Target::redact(&text).len() < 200);
}

#[test]
fn a_reason_is_of_a_bounded_length_without_control_characters() {
    let target = Target::parse("etcd://h/svc").unwrap();
    let error = target.bad("x\u{202e}".repeat(1 << 20)).to_string();
    assert!(error.len() < 16_384 && !error.contains('\u{202e}'), "{}", error.len());
}

/// G 110 of the scenarios.
#[test]
fn credentials_are_not_shown_where_they_do_not_belong_either() {
    for text in [
        "me:sec@h:80",
        "etcd:/me:sec@h/svc",
        "static:///me:sec@h:80",
        "static:///a:1;x=y,b:1;z=me:sec@h",
        "merge:///?off=etcd://me:sec@h/svc",
        "merge:///?off=etcd%3A%2F%2Fme%3Asec%40h/svc",
        "etcd://h/svc?user=me&pass=sec",
        "etcd://h/svc?acl_token=sec",
    ] {
        let target = Target::parse(text).unwrap();
        let bad = target.bad("\"me:sec@h\": no server");
        let shown = format!("{target} {target:?} {bad} {}", Target::redact(text));
        assert!(!shown.contains("sec") && shown.contains("***"), "{shown}");
    }
    for open in ["static:///a:1;owner=x@y,unix:@z", "etcd://h:1/a@b", "dns:///[::1]:80"] {
        assert_eq!(Target::parse(open).unwrap().to_string(), open);
    }
}

#[test]
fn servers_are_hosts_with_ports() {
    let of = |authority: &str| {
        let target = Target::parse(&format!("etcd://{authority}/x")).unwrap();
        let servers = target.servers(2379).map_err(|error| error.to_string());
        servers.map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(of("me:pw@h").unwrap(), "h:2379");
    assert_eq!(of("h,h2:1,[::1],[::1]:5").unwrap(), "h:2379 h2:1 [::1]:2379 [::1]:5");
    for (authority, why) in [
        ("", "at least one server"),
        ("h,", "the host is empty"),
        ("::1", "brackets"),
        ("[::1", "not closed"),
        ("[x]", "no IPv6"),
        ("[::1]5", "colon"),
        ("h:0", "1..=65535"),
        ("h:65536", "1..=65535"),
        ("h:x", "1..=65535"),
        ("h_ö", "letters"),
    ] {
        let error = of(authority).unwrap_err();
        assert!(error.contains(why), "{authority}: {error}");
    }
}

proptest! {
    #[test]
    fn any_text_parses_or_is_an_error(text in ".{0,64}") {
        if let Ok(target) = Target::parse(&text) {
            prop_assert!(!target.to_string().is_empty());
        }
    }

    /// G 110, G 111: text that looks like a target more often than not; a password shows nowhere.
    #[test]
    fn any_pieces_of_a_target_are_read_shown_and_asked(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "etcd", "static", "unix", "srv", "merge", "dns", ":", "//", "/", "?", "&", "=", "of=", "ttl=", "token=", "@", ",", "[", "]",
            "::1", "%", "%25", "%3F", "%2f", "h", "2379", "_a._b.", ".", ";", "5s", "ä", "%e4",
        ]), 0..24),
    ) {
        let text = pieces.concat();
        let _ = Target::redact(&text);
        if let Ok(target) = Target::parse(&text) {
            let _ = (target.servers(1), target.credentials(), target.decoded_path(), target.service_name());
            let _ = (target.duration("ttl", Duration::ZERO..=Duration::MAX), target.only_options(&[]));
            prop_assert!(!target.to_string().is_empty());
        }
    }

    #[test]
    fn credentials_before_the_servers_show_nowhere(user in "[a-z%0-9:]{0,8}", tail in "[a-z/?&=@:%.]{0,24}") {
        let text = format!("etcd://{user}:s3cretx@h{tail}");
        let shown = match Target::parse(&text) {
            Ok(target) => format!("{target} {target:?} {:?}", target.servers(1)),
            Err(error) => error.to_string(),
        };
        prop_assert!(!shown.contains("s3cretx"), "{}", shown);
        prop_assert!(!Target::redact(&text).contains("s3cretx"));
    }
}
