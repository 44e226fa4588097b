use super::{BadConfig, Choice, Field, FieldKind, Registry};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::cell::Cell;

/// A policy's config as JSON: its fields checked against their bounds, ready to be read.
#[derive(Debug)]
pub struct RawConfig<'a> {
    policy: &'static str,
    path: &'a str,
    fields: Map<String, Value>,
    registry: &'a Registry,
    child_by_key: Cell<bool>,
}

impl<'a> RawConfig<'a> {
    /// Checks the fields of `json`, at `path`. A field that is `null` counts as absent (proto-JSON); unknown ones are ignored (gRFC A21).
    pub(super) fn checked(
        policy: &'static str,
        known: &[Field],
        json: &Value,
        path: &'a str,
        registry: &'a Registry,
    ) -> Result<Self, BadConfig> {
        check(policy, known, json, path)?;
        let all = json.as_object().into_iter().flatten();
        let fields = all.filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect();
        Ok(Self { policy, path, fields, registry, child_by_key: Cell::new(false) })
    }

    /// The config as a type that serde can read.
    ///
    /// # Errors
    /// Where serde stumbled, and over what.
    pub fn typed<T: DeserializeOwned>(&self) -> Result<T, BadConfig> {
        let json = Value::Object(self.fields.clone());
        serde_path_to_error::deserialize(&json).map_err(|error| {
            let at = error.path().to_string();
            let path = if at == "." { self.path.to_owned() } else { format!("{}.{at}", self.path) };
            let field = at.split(['.', '[']).next().filter(|f| !f.is_empty()).map(str::to_owned);
            let value = field.as_ref().and_then(|f| self.fields.get(f)).cloned();
            BadConfig {
                field,
                value,
                ..BadConfig::new(path, error.into_inner().to_string()).in_policy(self.policy)
            }
        })
    }

    /// The child policy that the list in `field` chooses.
    ///
    /// # Errors
    /// The field is missing, names no known policy, or the child's config is wrong.
    pub fn child(&self, field: &str) -> Result<Choice, BadConfig> {
        let path = format!("{}.{field}", self.path);
        match self.fields.get(field) {
            Some(list) => {
                let child = self.registry.choose_at(list, &path)?;
                self.child_by_key.set(self.child_by_key.get() || child.is_by_key());
                Ok(child)
            }
            None => Err(BadConfig::new(path, format!("{} needs this field", self.policy))
                .in_policy(self.policy)
                .at_field(field, &Value::Null, "a list of policies")),
        }
    }

    /// The value of one field.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.fields.get(field)
    }

    /// What to say of a value that the checks by [`Field`] let through. `at` is its place in this config, such as `tags[1].key`.
    pub fn wrong(&self, at: &str, value: &Value, bound: &str) -> BadConfig {
        let field = at.rsplit('.').next().and_then(|last| last.split('[').next()).unwrap_or(at);
        BadConfig::new(format!("{}.{at}", self.path), does_not_take(self.policy))
            .in_policy(self.policy)
            .at_field(field, value, bound)
    }

    /// Whether a child that was read picks by a key.
    pub(super) fn has_child_by_key(&self) -> bool {
        self.child_by_key.get()
    }
}

/// Checks an object's fields, and those of the objects in its lists.
fn check(policy: &'static str, known: &[Field], json: &Value, path: &str) -> Result<(), BadConfig> {
    let Value::Object(fields) = json else {
        let bad = BadConfig::new(path, "the config must be an object").in_policy(policy);
        return Err(BadConfig { value: Some(json.clone()), ..bad });
    };
    for field in known {
        let at = format!("{path}.{}", field.name);
        let bad = |problem, value| {
            let bad = BadConfig::new(&*at, problem).in_policy(policy);
            Err(bad.at_field(field.name, value, field.bound()))
        };
        match fields.get(field.name).filter(|value| !value.is_null()) {
            Some(value) if !field.takes(value) => return bad(does_not_take(policy), value),
            Some(value) => check_items(policy, field, value, &at)?,
            None if field.default.is_empty() => {
                return bad(format!("{policy} needs this field"), &Value::Null);
            }
            None => {}
        }
    }
    Ok(())
}

fn check_items(policy: &'static str, field: &Field, list: &Value, path: &str) -> Result<(), BadConfig> {
    let FieldKind::List { of, .. } = field.kind else { return Ok(()) };
    for (n, item) in list.as_array().into_iter().flatten().enumerate() {
        let at = format!("{path}[{n}]");
        if !item.is_object() {
            let bad = BadConfig::new(at, does_not_take(policy)).in_policy(policy);
            return Err(bad.at_field(field.name, item, "an object"));
        }
        check(policy, of, item, &at)?;
    }
    Ok(())
}

fn does_not_take(policy: &str) -> String {
    format!("{policy} does not take this value")
}
