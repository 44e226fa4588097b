use evenkeel_core::{Field, FieldKind};
use evenkeel_discover::{BadTarget, Target};
use std::{fmt, time::Duration};

/// What a target says: the servers, the node of the service, how long the session lives without its client, and who asks.
#[derive(Clone)]
pub(crate) struct Settings {
    /// `HOST:PORT`, joined by commas.
    pub(crate) servers: String,
    /// The node whose children are the instances, absolute.
    pub(crate) path: String,
    pub(crate) session: Duration,
    /// `USER:PASSWORD` of the scheme `digest`.
    pub(crate) digest: Option<String>,
}

/// The port that ZooKeeper's own configuration proposes.
const PORT: u16 = 2181;
/// Long enough for a garbage collection or the election of a leader, short enough for the node of a crashed process to go soon.
const SESSION: Duration = Duration::from_secs(10);
/// A server bounds it itself too, by default to 4..=40 s.
const SESSION_BOUNDS: std::ops::RangeInclusive<Duration> = Duration::from_secs(2)..=Duration::from_secs(300);

/// The options of a target.
pub(crate) const OPTIONS: &[Field] = &[Field::new(
    "session",
    FieldKind::Duration { min: *SESSION_BOUNDS.start(), max: *SESSION_BOUNDS.end() },
    "\"10s\"",
    "how long the session, and what is registered, outlives its process",
)];

impl Settings {
    pub(crate) fn read(target: &Target) -> Result<Self, BadTarget> {
        target.only_options(OPTIONS)?;
        let servers: Vec<_> = target.servers(PORT)?.iter().map(ToString::to_string).collect();
        let session = target.duration("session", SESSION_BOUNDS)?.unwrap_or(SESSION);
        let digest = match target.credentials()? {
            Some((user, _)) if user.is_empty() || user.contains(':') => {
                return Err(target.bad("want a user without a colon before the password"));
            }
            Some((user, password)) => Some(format!("{user}:{password}")),
            None => None,
        };
        let path = path(target.path()).map_err(|why| target.bad(why))?;
        Ok(Self { servers: servers.join(","), path, session, digest })
    }
}

/// The absolute path, if ZooKeeper would take it.
fn path(path: &str) -> Result<String, &'static str> {
    if path.is_empty() {
        return Err("want the path of a service: zookeeper://HOST:PORT/PATH");
    }
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err("a part of the path is empty, . or ..");
    }
    if path.chars().any(|c| matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..='\u{ffff}')) {
        return Err("the path has characters that ZooKeeper does not take");
    }
    Ok(format!("/{path}"))
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = self.digest.as_ref().map(|_| "***");
        write!(f, "Settings({}{}, {:?}, {digest:?})", self.servers, self.path, self.session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(target: &str) -> Result<Settings, BadTarget> {
        Settings::read(&Target::parse(target).unwrap())
    }

    #[test]
    fn a_target_has_servers_a_path_a_session_and_a_user() {
        let plain = read("zookeeper://a,[::1]:7/services/echo").unwrap();
        assert_eq!((plain.servers.as_str(), plain.path.as_str()), ("a:2181,[::1]:7", "/services/echo"));
        assert_eq!((plain.session, plain.digest), (Duration::from_secs(10), None));
        let whole = read("zookeeper://u:p%40ss@a/x?session=2s").unwrap();
        assert_eq!((whole.session, whole.digest.as_deref()), (Duration::from_secs(2), Some("u:p@ss")));
        assert!(!format!("{whole:?}").contains("p@ss"), "{whole:?}");
    }

    #[test]
    fn a_mistake_in_a_target_is_one_error_that_names_it() {
        for (target, why) in [
            ("zookeeper:///x", "at least one server"),
            ("zookeeper://a:0/x", "1..=65535"),
            ("zookeeper://a", "want the path"),
            ("zookeeper://a/", "want the path"),
            ("zookeeper://a/x/", "is empty"),
            ("zookeeper://a/x//y", "is empty"),
            ("zookeeper://a/x/../y", "is empty, . or .."),
            ("zookeeper://a/\u{e000}", "does not take"),
            ("zookeeper://a/x?session=1s", "2s..=300s"),
            ("zookeeper://a/x?session=6m", "2s..=300s"),
            ("zookeeper://a/x?sesion=5s", "no option \"sesion\""),
            ("zookeeper://me@a/x", "USER:PASSWORD"),
            ("zookeeper://:p@a/x", "want a user"),
            ("zookeeper://u%3av:p@a/x", "want a user"),
        ] {
            let error = read(target).unwrap_err().to_string();
            assert!(error.contains(why), "{target}: {error}");
        }
    }
}
