use super::{
    Server, decode,
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
