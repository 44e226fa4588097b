use crate::{access::one, url::encode};
use evenkeel_discover::{BadTarget, Target};
use std::fmt::Write;

/// What of a service is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    /// Tags that an entry must all have.
    pub(crate) tags: Vec<String>,
    datacenter: Option<String>,
    near: Option<String>,
}

/// How long Consul may keep a question while nothing changes, in seconds: below the minute after which many proxies give up.
pub(crate) const WAIT_S: u64 = 55;

impl Query {
    pub(crate) fn read(target: &Target) -> Result<Self, BadTarget> {
        let tags: Vec<_> = target.options("tag").map(str::to_owned).collect();
        if tags.iter().any(String::is_empty) {
            return Err(target.bad("option tag: want a value"));
        }
        let text = |key| Ok::<_, BadTarget>(one(target, key)?.map(str::to_owned));
        Ok(Self { tags, datacenter: text("dc")?, near: text("near")? })
    }

    /// The path that asks for the entries of a service whose checks all pass; after `index`, it waits for a change.
    pub(crate) fn entries(&self, service: &str, namespace: Option<&str>, index: Option<u64>) -> String {
        let mut path = format!("/v1/health/service/{}?passing=true", encode(service));
        for tag in &self.tags {
            option(&mut path, "tag", Some(tag));
        }
        option(&mut path, "near", self.near.as_deref());
        self.place(&mut path, namespace);
        if let Some(index) = index {
            option(&mut path, "index", Some(&index.to_string()));
            option(&mut path, "wait", Some(&format!("{WAIT_S}s")));
        }
        path
    }

    /// The path that asks what the token may.
    pub(crate) fn rights(&self, namespace: Option<&str>) -> String {
        let mut path = "/v1/internal/acl/authorize".to_owned();
        self.place(&mut path, namespace);
        path
    }

    fn place(&self, path: &mut String, namespace: Option<&str>) {
        option(path, "dc", self.datacenter.as_deref());
        option(path, "ns", namespace);
    }

    /// Whether an entry has all tags. Consul does not tell capitals from small letters here, and before 1.3 it looked at one tag only.
    pub(crate) fn fits(&self, tags: &[String]) -> bool {
        let has = |wanted: &String| tags.iter().any(|tag| tag.to_lowercase() == wanted.to_lowercase());
        self.tags.iter().all(has)
    }
}

/// Adds an option to the query of a path, if it has a value.
pub(crate) fn option(path: &mut String, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        let mark = if path.contains('?') { '&' } else { '?' };
        // Writing to a string cannot fail.
        let _ = write!(path, "{mark}{key}={}", encode(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::read(&Target::parse(text).unwrap()).unwrap()
    }

    #[test]
    fn each_option_is_passed_on_encoded() {
        let query = query("consul://h/echo?tag=v1&tag=k%3Dv%26&dc=east&near=_agent");
        let first = "/v1/health/service/echo?passing=true&tag=v1&tag=k%3Dv%26&near=_agent&dc=east";
        assert_eq!(query.entries("echo", None, None), first);
        assert_eq!(query.entries("echo", Some("a b"), Some(7)), format!("{first}&ns=a%20b&index=7&wait=55s"));
        assert_eq!(query.rights(None), "/v1/internal/acl/authorize?dc=east");
    }

    #[test]
    fn all_tags_must_be_there_in_capitals_or_not() {
        let query = query("consul://h/echo?tag=v1&tag=blue");
        let fits = |tags: &[&str]| query.fits(&tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>());
        assert!(fits(&["Blue", "x", "V1"]));
        assert!(!fits(&["v1"]) && !fits(&[]) && !fits(&["v1", "blue2"]));
    }
}
