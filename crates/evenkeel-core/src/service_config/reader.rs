use crate::BadConfig;
use serde_json::{Map, Value};
use std::cell::RefCell;

/// The errors of one config, in the order in which they were met.
pub(super) type Errors = RefCell<Vec<BadConfig>>;

/// An object of a config: read field by field, while what is wrong is noted.
pub(super) struct Reader<'a> {
    path: String,
    fields: &'a Map<String, Value>,
    errors: &'a Errors,
}

/// A value in a list.
pub(super) struct Item<'a> {
    path: String,
    field: &'static str,
    value: &'a Value,
    errors: &'a Errors,
}

pub(super) const MISSING: &str = "this field is needed";
const WRONG: &str = "wrong value";

impl<'a> Reader<'a> {
    /// The whole config; none where it is no object.
    pub(super) fn config(value: &'a Value, errors: &'a Errors) -> Option<Self> {
        match value {
            Value::Object(fields) => Some(Self { path: String::new(), fields, errors }),
            other => {
                let bad = BadConfig::new("", "a service config is an object");
                errors.borrow_mut().push(BadConfig { value: Some(other.clone()), ..bad });
                None
            }
        }
    }

    /// A field's place in the config.
    pub(super) fn path(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }

    pub(super) fn get(&self, field: &str) -> Option<&'a Value> {
        self.fields.get(field).filter(|value| !value.is_null())
    }

    pub(super) fn note(&self, error: BadConfig) {
        self.errors.borrow_mut().push(error);
    }

    /// Notes that a field is wrong.
    pub(super) fn refuse(&self, field: &str, problem: &str, bound: &str) {
        let value = self.get(field).unwrap_or(&Value::Null);
        self.note(BadConfig::new(self.path(field), problem).at_field(field, value, bound));
    }

    /// A field that may be absent.
    pub(super) fn read<T>(
        &self,
        field: &str,
        bound: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let found = read(self.get(field)?);
        if found.is_none() {
            self.refuse(field, WRONG, bound);
        }
        found
    }

    /// A field that must be there.
    pub(super) fn need<T>(
        &self,
        field: &str,
        bound: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Option<T> {
        if self.get(field).is_none() {
            self.refuse(field, MISSING, bound);
        }
        self.read(field, bound, read)
    }

    /// The object in a field.
    pub(super) fn object(&self, field: &str) -> Option<Self> {
        let fields = self.read(field, "an object", Value::as_object)?;
        Some(Self { path: self.path(field), fields, errors: self.errors })
    }

    /// The values of the list in a field.
    pub(super) fn list(&self, field: &'static str) -> Option<impl Iterator<Item = Item<'a>>> {
        let (path, errors) = (self.path(field), self.errors);
        let values = self.read(field, "a list", Value::as_array)?;
        Some(values.iter().enumerate().map(move |(n, value)| Item {
            path: format!("{path}[{n}]"),
            field,
            value,
            errors,
        }))
    }
}

impl<'a> Item<'a> {
    pub(super) fn refuse(&self, problem: &str, bound: &str) {
        let bad = BadConfig::new(&*self.path, problem).at_field(self.field, self.value, bound);
        self.errors.borrow_mut().push(bad);
    }

    /// The value itself.
    pub(super) fn read<T>(&self, bound: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let found = read(self.value);
        if found.is_none() {
            self.refuse(WRONG, bound);
        }
        found
    }

    /// The value as an object.
    pub(super) fn object(&self) -> Option<Reader<'a>> {
        let fields = self.read("an object", Value::as_object)?;
        Some(Reader { path: self.path.clone(), fields, errors: self.errors })
    }
}
