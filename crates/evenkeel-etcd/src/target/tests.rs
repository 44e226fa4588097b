use super::Settings;
use evenkeel_discover::{BadTarget, Target};

fn settings(target: &str) -> Result<Settings, BadTarget> {
    Settings::of(&Target::parse(target).unwrap())
}

fn keys(target: &str) -> Vec<String> {
    settings(target).unwrap().prefixes().map(|prefix| prefix.key("a")).collect()
}

#[test]
fn a_plain_path_means_keys_with_and_without_a_slash_before_them() {
    assert_eq!(keys("etcd://h/svc/foo"), ["/svc/foo/a", "svc/foo/a"]);
    assert_eq!(keys("etcd://h/svc/foo/"), ["/svc/foo/a", "svc/foo/a"]);
    assert_eq!(keys("etcd://h//svc/foo"), ["/svc/foo/a"]);
    assert_eq!(keys("etcd://h/svc/foo?slash=yes"), ["/svc/foo/a"]);
    assert_eq!(keys("etcd://h/svc/foo?slash=no"), ["svc/foo/a"]);
}

#[test]
fn a_prefix_ends_at_a_slash() {
    let settings = settings("etcd://h/svc/foo?slash=no").unwrap();
    let (from, to) = settings.prefix.range();
    let is_in = |key: &str| key.as_bytes() >= from.as_slice() && key.as_bytes() < to.as_slice();
    assert!(is_in("svc/foo/") && is_in("svc/foo/a") && is_in("svc/foo/\u{10ffff}"));
    assert!(!is_in("svc/foo") && !is_in("svc/foobar") && !is_in("svc/foo-bar/a") && !is_in("svc/fop/a"));
}

#[test]
fn servers_and_times_have_their_defaults() {
    let settings = settings("etcd://a,[::1]:1/x").unwrap();
    let servers: Vec<_> = settings.cluster.servers.iter().map(ToString::to_string).collect();
    assert_eq!(servers, ["a:2379", "[::1]:1"]);
    assert_eq!((settings.weight_scale, settings.ttl.as_secs()), (1, 10));
}

#[test]
fn each_mistake_in_a_target_is_one_clear_error() {
    for (target, why) in [
        ("etcd:///x", "want at least one server"),
        ("etcd://h", "want what the keys begin with"),
        ("etcd://h/", "want what the keys begin with"),
        ("etcd://h//", "want what the keys begin with"),
        ("etcd://h:0/x", "1..=65535"),
        ("etcd://a,,b/x", "the host is empty"),
        ("etcd://user@h/x", "USER:PASSWORD"),
        ("etcd://:pw@h/x", "USER:PASSWORD"),
        ("etcd://h/x?prefix=1", "there is no option \"prefix\""),
        ("etcd://h/x?slash=maybe", "want yes or no"),
        ("etcd://h//x?slash=no", "the path begins with a slash"),
        ("etcd://h/x?ttl=1s", "2s..=3600s"),
        ("etcd://h/x?ttl=61m", "2s..=3600s"),
        ("etcd://h/x?ttl=10", "a time such as 5s"),
        ("etcd://h/x?weight_scale=0", "1..=1000000"),
        ("etcd://h/x?weight_scale=1000001", "1..=1000000"),
        ("etcd://h/x?weight_scale=+5", "1..=1000000"),
        ("etcd://h/x?weight_scale=", "1..=1000000"),
        ("etcd://h/x?cert=a", "cert and key together"),
        ("etcd://h/x?ca=b&key=a", "cert and key together"),
        ("etcd://h/x?cert=a&key=b", "ca along with cert and key"),
    ] {
        let error = settings(target).unwrap_err().to_string();
        assert!(error.contains(why), "{target}: {error}");
    }
}

#[test]
fn certificates_without_tls_in_the_build_are_an_error() {
    let settings = settings("etcd://h/x?ca=/ca.pem");
    match settings {
        Ok(settings) => assert!(cfg!(feature = "tls") && settings.cluster.tls.is_some()),
        Err(error) => assert!(cfg!(not(feature = "tls")) && error.to_string().contains("no TLS")),
    }
}

#[test]
fn a_password_is_shown_nowhere() {
    let settings = settings("etcd://joe:geheim@h/x").unwrap();
    assert_eq!(settings.cluster.credentials.as_ref().unwrap().password, "geheim");
    assert!(!format!("{settings:?}").contains("geheim"));
}
