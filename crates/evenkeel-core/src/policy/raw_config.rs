use super::{BadConfig, Choice, Field, Registry};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A policy's config as JSON: its fields checked against their bounds, ready to be read.
#[derive(Debug)]
pub struct RawConfig<'a> {
    policy: &'static str,
    path: &'a str,
    fields: Map<String, Value>,
    registry: &'a Registry,
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
        let bad = |problem| BadConfig::new(path, problem).in_policy(policy);
        let Value::Object(all) = json else {
            return Err(BadConfig { value: Some(json.clone()), ..bad("the config must be an object") });
        };
        let fields: Map<_, _> =
            all.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect();
        for field in known {
            let at = format!("{path}.{}", field.name);
            match fields.get(field.name) {
                Some(value) if !field.takes(value) => {
                    let problem = format!("{policy} does not take this value");
                    return Err(BadConfig::new(at, problem).in_policy(policy).at_field(
                        field.name,
                        value,
                        field.bound(),
                    ));
                }
                None if field.default.is_empty() => {
                    let problem = format!("{policy} needs this field");
                    return Err(BadConfig::new(at, problem).in_policy(policy).at_field(
                        field.name,
                        &Value::Null,
                        field.bound(),
                    ));
                }
                _ => {}
            }
        }
        Ok(Self { policy, path, fields, registry })
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
            Some(list) => self.registry.choose_at(list, &path),
            None => Err(BadConfig::new(path, format!("{} needs this field", self.policy))
                .in_policy(self.policy)
                .at_field(field, &Value::Null, "a list of policies")),
        }
    }

    /// The value of one field.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.fields.get(field)
    }
}
