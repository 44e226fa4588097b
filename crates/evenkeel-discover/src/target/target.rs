use super::{
    Server,
    redact::{
        HIDDEN, has_bare_credentials, hide_pairs, is_secret, path_without_userinfo, redact, without_userinfo,
    },
};
use evenkeel_core::{Field, printable};
use std::{fmt, ops::RangeInclusive, time::Duration};

/// The name of a service to discover: a URI such as `static:///10.0.0.1:80,10.0.0.2:80` or `etcd://127.0.0.1:2379/services/echo`.
/// Anything without a scheme is `dns:///`.
///
/// Credentials, written `scheme://USER:PASSWORD@server/path` or as an option such as `?token=`, are never shown: not by `Display`,
/// not by `Debug`, not by an error.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Target {
    scheme: String,
    authority: String,
    path: String,
    query: Vec<(String, String)>,
}

/// A target that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("target {target:?}: {why}")]
pub struct BadTarget {
    target: String,
    why: String,
}

/// The longest target, in bytes; 100,000 static addresses with weights and tags fit.
const LONGEST: usize = 16 << 20;
/// How much of a bad target an error shows, in characters.
const SHOWN: usize = 200;
/// The longest reason, in characters.
const LONGEST_REASON: usize = 1024;
/// How many targets that stand in each other are looked into for the name of the service.
const DEEPEST: usize = 8;

impl BadTarget {
    pub(crate) fn new(target: &str, why: impl Into<String>) -> Self {
        // A secret is within the first bytes or not shown at all.
        let target = redact(target);
        let target = match target.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}...", &target[..end]),
            None => target,
        };
        Self { target, why: hide_pairs(&printable(&why.into(), LONGEST_REASON)) }
    }
}

impl Target {
    /// Reads a target.
    ///
    /// # Errors
    /// It is empty, too long, has control characters, or a malformed query.
    pub fn parse(text: &str) -> Result<Self, BadTarget> {
        let bad = |why: &str| BadTarget::new(text, why);
        if text.is_empty() {
            return Err(bad("it is empty"));
        }
        if text.len() > LONGEST {
            return Err(bad("it is longer than 16 MiB"));
        }
        if text.chars().any(char::is_control) {
            return Err(bad("it has control characters"));
        }
        if has_bare_credentials(text) {
            return Err(bad("percent-encode '/' and '?' in user and password"));
        }
        let (scheme, rest) = split_scheme(text);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = match rest.strip_prefix("//") {
            // The path of a Unix socket keeps the slash that it begins with.
            Some(rest) if scheme == "unix" => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            Some(rest) => rest.split_once('/').unwrap_or((rest, "")),
            None => ("", rest),
        };
        let query = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                pair.split_once('=').ok_or_else(|| bad("want KEY=VALUE pairs after the question mark"))
            })
            .map(|pair| pair.and_then(|(k, v)| Ok((decode(k).map_err(bad)?, decode(v).map_err(bad)?))))
            .collect::<Result<_, _>>()?;
        Ok(Self { scheme, authority: authority.to_owned(), path: path.to_owned(), query })
    }

    /// A target as somebody wrote it, without its credentials: for output and logs.
    ///
    /// ```
    /// use evenkeel_discover::Target;
    /// assert_eq!(Target::redact("etcd://me:secret@h/svc?token=x"), "etcd://***@h/svc?token=***");
    /// ```
    pub fn redact(text: &str) -> String {
        redact(text)
    }

    /// The scheme, in lower case.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// What stands between the slashes, without credentials: the registry's servers, often empty.
    pub fn authority(&self) -> &str {
        self.authority.rsplit_once('@').map_or(self.authority.as_str(), |(_, servers)| servers)
    }

    /// The user and the password before an `@` in the authority, percent-decoded.
    ///
    /// # Errors
    /// There is no colon between them, or they are not well encoded.
    pub fn credentials(&self) -> Result<Option<(String, String)>, BadTarget> {
        let Some((userinfo, _)) = self.authority.rsplit_once('@') else { return Ok(None) };
        let (user, password) =
            userinfo.split_once(':').ok_or_else(|| self.bad("want USER:PASSWORD before the @"))?;
        let read = |text| decode(text).map_err(|why| self.bad(why));
        Ok(Some((read(user)?, read(password)?)))
    }

    /// The servers of the authority, `HOST[:PORT][,HOST[:PORT]]...`, IPv6 in brackets.
    ///
    /// # Errors
    /// There is none, or one is malformed; the error names it.
    pub fn servers(&self, default_port: u16) -> Result<Vec<Server>, BadTarget> {
        let named = |(text, why): (&str, &str)| self.bad(format!("server {text:?}: {why}"));
        if self.authority().is_empty() {
            return Err(self.bad("want at least one server: scheme://HOST:PORT/..."));
        }
        let servers = self.authority().split(',');
        servers.map(|text| Server::parse(text, default_port).map_err(|why| named((text, why)))).collect()
    }

    /// What stands behind the third slash, as written: not percent-decoded.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path, percent-decoded.
    ///
    /// # Errors
    /// It is not well encoded, or has control characters.
    pub fn decoded_path(&self) -> Result<String, BadTarget> {
        decode(&self.path).map_err(|why| self.bad(why))
    }

    /// The value of an option after the question mark.
    pub fn option(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// All values of an option that may be given more than once, in order.
    pub fn options<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.query.iter().filter(move |(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// Checks that it has no other options than these; a source calls it first, so that a typing mistake is an error.
    ///
    /// # Errors
    /// It has another; the error names it and those that there are.
    pub fn only_options(&self, known: &[Field]) -> Result<(), BadTarget> {
        let Some((key, _)) = self.query.iter().find(|(key, _)| !known.iter().any(|field| field.name == key))
        else {
            return Ok(());
        };
        let names: Vec<_> = known.iter().map(|field| field.name).collect();
        let have =
            if names.is_empty() { String::new() } else { format!("; there are: {}", names.join(", ")) };
        Err(self.bad(format!("there is no option {key:?}{have}")))
    }

    /// An option that is a length of time: a number with `ms`, `s`, `m` or `h` behind it, such as `500ms` or `1.5s`.
    ///
    /// # Errors
    /// It is not, or it is out of bounds; the error names both.
    pub fn duration(
        &self,
        key: &str,
        bounds: RangeInclusive<Duration>,
    ) -> Result<Option<Duration>, BadTarget> {
        let Some(text) = self.option(key) else { return Ok(None) };
        let (least, most) = (bounds.start(), bounds.end());
        let bad =
            || self.bad(format!("option {key}={text}: want a time such as 5s, in {least:?}..={most:?}"));
        read_duration(text).filter(|time| bounds.contains(time)).map(Some).ok_or_else(bad)
    }

    /// The same target without one of its options.
    #[must_use]
    pub fn without_option(&self, key: &str) -> Self {
        let query = self.query.iter().filter(|(k, _)| k != key).cloned().collect();
        Self { query, ..self.clone() }
    }

    /// The name of the service for the `:authority` of requests and for TLS: the first address of a static list, `localhost`
    /// for a Unix socket, the path of a DNS name without `_service._proto.`, of targets that are made of
    /// others that of the first, and of all else the last part of the path: the service in the registry, without a port that
    /// Kubernetes may name there, or the file without its extension.
    pub fn service_name(&self) -> String {
        let mut inner = None;
        for _ in 0..DEEPEST {
            let target = inner.as_ref().unwrap_or(self);
            if !target.is_made_of_others() {
                return target.own_service_name();
            }
            let Some(Ok(next)) = target.option("of").map(Self::parse) else { break };
            inner = Some(next);
        }
        String::new()
    }

    fn is_made_of_others(&self) -> bool {
        self.path.is_empty() && !matches!(self.scheme.as_str(), "unix" | "static" | "dns" | "srv" | "file")
    }

    fn own_service_name(&self) -> String {
        let last = || self.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let name = match self.scheme.as_str() {
            "unix" => "localhost",
            "static" => {
                let first = self.path.split([',', ';', '|']).next().unwrap_or_default();
                if first.starts_with("unix:") { "localhost" } else { first }
            }
            "dns" => &self.path,
            "srv" => {
                let mut rest = self.path.as_str();
                while rest.starts_with('_') {
                    rest = rest.split_once('.').map_or("", |(_, rest)| rest);
                }
                rest
            }
            "kubernetes" => last().split(':').next().unwrap_or_default(),
            "file" => last().split('.').next().unwrap_or_default(),
            _ => last(),
        };
        name.to_owned()
    }

    /// An error about this target.
    pub fn bad(&self, why: impl Into<String>) -> BadTarget {
        BadTarget::new(&self.to_string(), why)
    }
}

/// A scheme is a letter and then letters, digits, `+`, `-` or `.`, before `:/` (or `unix:`, as gRPC has it).
fn split_scheme(text: &str) -> (String, &str) {
    let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
    let first = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let others = scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let scheme = scheme.to_ascii_lowercase();
    if first && others && (rest.starts_with("//") || scheme == "unix") {
        (scheme, rest)
    } else {
        ("dns".to_owned(), text)
    }
}

/// A number and a unit.
fn read_duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
    let unit = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let digits = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let number = number.parse::<f64>().ok().filter(|_| digits)?;
    Duration::try_from_secs_f64(number * unit).ok()
}

/// Undoes percent encoding.
pub(crate) fn decode(text: &str) -> Result<String, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit =
            |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        match (digit(rest.next()), digit(rest.next())) {
            (Some(high), Some(low)) => bytes.push(high << 4 | low),
            _ => return Err("a percent sign wants two hexadecimal digits behind it"),
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| "percent-encoded bytes are not UTF-8")?;
    if text.chars().any(char::is_control) { Err("it has control characters") } else { Ok(text) }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.scheme == "unix" { "" } else { "/" };
        let path = hide_pairs(&path_without_userinfo(&self.path));
        write!(f, "{}://{}{slash}{path}", self.scheme, without_userinfo(&self.authority))?;
        for (n, (key, value)) in self.query.iter().enumerate() {
            let value = match key.as_str() {
                key if is_secret(key) => HIDDEN.to_owned(),
                key if key == "of" || value.contains("://") => redact(value),
                _ => hide_pairs(value),
            };
            write!(f, "{}{key}={value}", if n == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

impl std::str::FromStr for Target {
    type Err = BadTarget;

    fn from_str(text: &str) -> Result<Self, BadTarget> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(text: &str) -> (String, String, String) {
        let t = Target::parse(text).unwrap();
        (t.scheme, t.authority, t.path)
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
        let text = "etcd://us%65r:p%40ss@h:1,[::1]:2/svc?token=t0ken&ttl=5s&of=consul://h/x%3Ftoken%3Dinner&Password=pw";
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
        for bad in ["etcd://me:secret@h/\u{7}?token=secret", "etcd://me:sec/ret@h/x", "etcd://me:sec?ret@h/x"]
        {
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
}
