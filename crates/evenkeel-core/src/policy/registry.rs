use super::{BadConfig, Choice, Field, Named, RawConfig};
use serde_json::Value;
use std::collections::BTreeMap;

/// The policies that can be chosen by name. A value: hand it to whoever parses configs.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    by_name: BTreeMap<&'static str, Entry>,
}

/// gRPC's own policies. Those that are not registered are skipped like any unknown name, but an error says that they exist.
const UNSUPPORTED: &[&str] = &[
    "cds_experimental",
    "cluster_impl_experimental",
    "cluster_manager_experimental",
    "cluster_resolver_experimental",
    "eds_experimental",
    "grpclb",
    "least_request_experimental",
    "lrs_experimental",
    "outlier_detection_experimental",
    "pick_first",
    "priority_experimental",
    "random_subsetting_experimental",
    "ring_hash_experimental",
    "rls_experimental",
    "round_robin",
    "weighted_round_robin",
    "weighted_target_experimental",
    "wrr_locality_experimental",
    "xds_cluster_impl_experimental",
    "xds_cluster_manager_experimental",
    "xds_cluster_resolver_experimental",
    "xds_experimental",
    "xds_override_host_experimental",
    "xds_wrr_locality_experimental",
];

#[derive(Debug, Clone, Copy)]
struct Entry {
    info: PolicyInfo,
    parse: fn(&Value, &str, &Registry) -> Result<Choice, BadConfig>,
}

/// What is known of a registered policy.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct PolicyInfo {
    /// Its name.
    pub name: &'static str,
    /// Other names that mean the same.
    pub aliases: &'static [&'static str],
    /// The fields of its config.
    pub fields: &'static [Field],
    /// Whether it picks by a hash of the call's key.
    pub by_key: bool,
}

/// A name that the registry has already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a policy named {0:?} is registered already; use `replace` to put another in its place")]
pub struct NameTaken(pub &'static str);

impl Registry {
    /// No policies at all; [`policies::registry`](crate::policies::registry) has the built-in ones.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The same with one more policy.
    ///
    /// # Errors
    /// Its name, or one of its aliases, is taken.
    pub fn with<P: Named>(self) -> Result<Self, NameTaken> {
        let mut names = std::iter::once(&P::NAME).chain(P::ALIASES);
        match names.find(|name| self.by_name.contains_key(**name)) {
            Some(name) => Err(NameTaken(name)),
            None => Ok(self.replace::<P>()),
        }
    }

    /// The same with this policy in the place of any other of its names.
    #[must_use]
    pub fn replace<P: Named>(mut self) -> Self {
        let info = PolicyInfo { name: P::NAME, aliases: P::ALIASES, fields: P::FIELDS, by_key: P::BY_KEY };
        let parse = |json: &Value, path: &str, registry: &Self| {
            let raw = RawConfig::checked(P::NAME, P::FIELDS, json, path, registry)?;
            let choice = Choice::of::<P>(P::NAME, P::parse(&raw)?);
            Ok(choice.by_key(P::BY_KEY || raw.has_child_by_key()))
        };
        for name in std::iter::once(&P::NAME).chain(P::ALIASES) {
            self.by_name.insert(name, Entry { info, parse });
        }
        self
    }

    /// The registered policies, by name, without aliases.
    pub fn policies(&self) -> impl Iterator<Item = PolicyInfo> + '_ {
        self.by_name.iter().filter(|(name, entry)| **name == entry.info.name).map(|(_, entry)| entry.info)
    }

    /// The policy of that name or alias.
    pub fn find(&self, name: &str) -> Option<PolicyInfo> {
        self.by_name.get(name).map(|entry| entry.info)
    }

    /// A policy with its defaults.
    ///
    /// # Errors
    /// The name is not registered, or the policy has a field without a default.
    pub fn default_of(&self, name: &str) -> Result<Choice, BadConfig> {
        let json = Value::Object(serde_json::Map::from_iter([(
            name.to_owned(),
            Value::Object(serde_json::Map::new()),
        )]));
        self.choose(&Value::Array(vec![json]))
    }

    /// Chooses from a `loadBalancingConfig`: a list of one-key objects, of which the first known name counts (gRFC A24).
    ///
    /// # Errors
    /// An entry with none or several keys, no known name, or a config that the chosen policy does not take.
    pub fn choose(&self, list: &Value) -> Result<Choice, BadConfig> {
        self.choose_at(list, "loadBalancingConfig")
    }

    pub(crate) fn choose_at(&self, list: &Value, path: &str) -> Result<Choice, BadConfig> {
        let wrong = |at: String, problem: &str, value: &Value| BadConfig {
            value: Some(value.clone()),
            ..BadConfig::new(at, problem)
        };
        let Value::Array(entries) = list else {
            return Err(wrong(path.to_owned(), "want a list of policies", list));
        };
        let mut unknown = Vec::new();
        for (n, entry) in entries.iter().enumerate() {
            let at = format!("{path}[{n}]");
            let Some((name, json)) = entry.as_object().filter(|o| o.len() == 1).and_then(|o| o.iter().next())
            else {
                return Err(wrong(at, "want an object with one key, the policy's name", entry));
            };
            match self.by_name.get(name.as_str()) {
                Some(known) => return (known.parse)(json, &format!("{at}.{name}"), self),
                None => unknown.push(name.as_str()),
            }
        }
        Err(BadConfig::new(path, none_known(&unknown)))
    }

    /// Whether gRPC has a policy of that name; to be asked of names that are not registered.
    pub(crate) fn is_unsupported(name: &str) -> bool {
        UNSUPPORTED.contains(&name)
    }
}

/// What to say of a list with no registered name.
fn none_known(names: &[&str]) -> String {
    let (unsupported, unknown): (Vec<&str>, Vec<&str>) =
        names.iter().partition(|name| Registry::is_unsupported(name));
    let unknown = (!unknown.is_empty()).then(|| format!("No known policies in list: {}", unknown.join(", ")));
    let unsupported =
        (!unsupported.is_empty()).then(|| format!("known, not supported: {}", unsupported.join(", ")));
    match (unknown, unsupported) {
        (Some(unknown), Some(unsupported)) => format!("{unknown}; {unsupported}"),
        (one, other) => one.or(other).unwrap_or_else(|| "the list of policies is empty".to_owned()),
    }
}

#[cfg(test)]
mod tests;
