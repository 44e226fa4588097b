use std::fmt;

/// The name of a service to discover: a URI such as `static:///10.0.0.1:80,10.0.0.2:80` or `etcd://127.0.0.1:2379/services/echo`.
/// Anything without a scheme is `dns:///`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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

impl BadTarget {
    pub(crate) fn new(target: &str, why: impl Into<String>) -> Self {
        let target = match target.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}...", &target[..end]),
            None => target.to_owned(),
        };
        Self { target, why: why.into() }
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

    /// The scheme, in lower case.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// What stands between the slashes: the registry's servers, often empty.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// What stands behind the third slash, as written.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The value of an option after the question mark.
    pub fn option(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// An error if it has options: for sources that take none.
    pub(crate) fn without_options(&self) -> Result<(), BadTarget> {
        self.query.first().map_or(Ok(()), |(key, _)| Err(self.bad(format!("there is no option {key:?}"))))
    }

    /// The name of the service for the `:authority` of requests and for TLS: the first address of a static list, `localhost`
    /// for a Unix socket, else the path.
    pub fn service_name(&self) -> &str {
        match self.scheme.as_str() {
            "unix" => "localhost",
            "static" => {
                let first = self.path.split([',', ';', '|']).next().unwrap_or_default();
                if first.starts_with("unix:") { "localhost" } else { first }
            }
            _ => &self.path,
        }
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
        write!(f, "{}://{}{slash}{}", self.scheme, self.authority, self.path)?;
        for (n, (key, value)) in self.query.iter().enumerate() {
            write!(f, "{}{key}={value}", if n == 0 { '?' } else { '&' })?;
        }
        Ok(())
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

    proptest! {
        #[test]
        fn any_text_parses_or_is_an_error(text in ".{0,64}") {
            if let Ok(target) = Target::parse(&text) {
                prop_assert!(!target.to_string().is_empty());
            }
        }
    }
}
