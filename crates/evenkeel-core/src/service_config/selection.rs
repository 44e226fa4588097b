use super::reader::Reader;
use crate::{BadConfig, Choice, Registry};
use serde_json::Value;

/// The most policies inside one another: each is a step of recursion, in parsing and at every update.
pub const MAX_NESTING: usize = 16;

const LIST: &str = "loadBalancingConfig";
const NAME: &str = "loadBalancingPolicy";

/// The policy of the list, else of the deprecated name (gRFC A24).
pub(super) fn read(config: &Reader<'_>, registry: &Registry) -> Option<Choice> {
    let name = config.read(NAME, "a text", Value::as_str).filter(|name| !name.is_empty());
    let chosen = match (config.get(LIST), name) {
        (Some(list), _) => from_list(list, registry),
        (None, Some(name)) => from_name(name, registry),
        (None, None) => return None,
    };
    chosen.map_err(|error| config.note(error)).ok()
}

fn from_list(list: &Value, registry: &Registry) -> Result<Choice, BadConfig> {
    if nesting(list, registry) > MAX_NESTING {
        let bad = BadConfig::new(LIST, "too many policies inside one another");
        return Err(BadConfig {
            field: Some(LIST.to_owned()),
            bound: Some(format!("at most {MAX_NESTING}")),
            ..bad
        });
    }
    registry.choose(list)
}

/// Names were once written in capitals. grpc-go takes `pick_first` for one it does not know; here that is an error, so that a slip
/// is seen.
fn from_name(name: &str, registry: &Registry) -> Result<Choice, BadConfig> {
    let lower = name.to_ascii_lowercase();
    let known = registry.find(name).or_else(|| registry.find(&lower));
    let bad = |problem: String| {
        BadConfig::new(NAME, problem).at_field(NAME, &Value::from(name), "the name of a known policy")
    };
    match known {
        None if Registry::is_unsupported(&lower) => Err(bad(format!("known, not supported: {lower}"))),
        None => Err(bad(format!("no known policy: {name}"))),
        Some(policy) => registry.default_of(policy.name).map_err(|_| {
            bad(format!("{} needs a config, so it needs {LIST}", policy.name)).in_policy(policy.name)
        }),
    }
}

/// How many known policies are inside one another, in the entries that would be chosen. Without recursion.
fn nesting(list: &Value, registry: &Registry) -> usize {
    let mut deepest = 0;
    let mut open = vec![(list, 0)];
    while let Some((value, depth)) = open.pop() {
        deepest = deepest.max(depth);
        match value {
            Value::Array(items) => match items.iter().find_map(|item| policy(item, registry)) {
                Some(config) => open.push((config, depth + 1)),
                None => open.extend(items.iter().map(|item| (item, depth))),
            },
            Value::Object(fields) => open.extend(fields.values().map(|field| (field, depth))),
            _ => {}
        }
    }
    deepest
}

/// The config in an entry of a list of policies, where its name is known.
fn policy<'a>(entry: &'a Value, registry: &Registry) -> Option<&'a Value> {
    let (name, config) = entry.as_object().filter(|o| o.len() == 1)?.iter().next()?;
    registry.find(name).map(|_| config)
}
