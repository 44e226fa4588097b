use super::{query::Select, status::Status};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// The objects, and their history since the last compaction.
#[derive(Debug, Default)]
pub(super) struct Store {
    version: u64,
    compacted: u64,
    objects: BTreeMap<(String, String), Value>,
    history: Vec<Change>,
    /// What is still to be sent of lists that were cut into pages, each as it was when it was asked for.
    pages: HashMap<String, (u64, Vec<Value>)>,
}

/// One change.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) version: u64,
    pub(super) old: Option<Value>,
    pub(super) new: Option<Value>,
}

/// A page of a list.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) version: u64,
    pub(super) items: Vec<Value>,
    /// The token of the next page, and how many are left.
    pub(super) more: Option<(String, usize)>,
}

fn key(object: &Value) -> Result<(String, String), Status> {
    let text = |key: &str| object["metadata"][key].as_str().map(str::to_owned);
    let invalid =
        |field| Status::new(422, "Invalid", format!("EndpointSlice is invalid: {field}: Required value"));
    let name = text("name").ok_or_else(|| invalid("metadata.name"))?;
    if !object["addressType"].is_string() {
        return Err(invalid("addressType"));
    }
    Ok((text("namespace").unwrap_or_else(|| "default".to_owned()), name))
}

impl Store {
    pub(super) fn version(&self) -> u64 {
        self.version.max(1)
    }

    pub(super) fn get(&self, namespace: &str, name: &str) -> Result<Value, Status> {
        self.objects
            .get(&(namespace.to_owned(), name.to_owned()))
            .cloned()
            .ok_or_else(|| Status::not_found(name))
    }

    pub(super) fn create(&mut self, object: Value) -> Result<Value, Status> {
        let key = key(&object)?;
        if self.objects.contains_key(&key) {
            return Err(Status::new(
                409,
                "AlreadyExists",
                format!("endpointslices {:?} already exists", key.1),
            ));
        }
        self.apply(object)
    }

    /// Puts an object in the place of another; if it says of which version, then only of that.
    pub(super) fn replace(&mut self, object: Value) -> Result<Value, Status> {
        let key = key(&object)?;
        let old = self.objects.get(&key).ok_or_else(|| Status::not_found(&key.1))?;
        let (want, have) = (&object["metadata"]["resourceVersion"], &old["metadata"]["resourceVersion"]);
        if !want.is_null() && want != have {
            return Err(Status::new(
                409,
                "Conflict",
                "the object has been modified; please apply your changes to the latest version",
            ));
        }
        self.apply(object)
    }

    /// Creates or replaces.
    pub(super) fn apply(&mut self, mut object: Value) -> Result<Value, Status> {
        let key = key(&object)?;
        let old = self.objects.get(&key).cloned();
        self.version = self.version() + 1;
        let uid = old.as_ref().map_or_else(
            || json!(format!("00000000-0000-4000-8000-{:012}", self.version)),
            |old| old["metadata"]["uid"].clone(),
        );
        let metadata = &mut object["metadata"];
        metadata["namespace"] = json!(key.0);
        metadata["resourceVersion"] = json!(self.version.to_string());
        metadata["uid"] = uid;
        metadata["creationTimestamp"] = json!("2026-01-01T00:00:00Z");
        self.objects.insert(key, object.clone());
        self.history.push(Change { version: self.version, old, new: Some(object.clone()) });
        Ok(object)
    }

    pub(super) fn delete(&mut self, namespace: &str, name: &str) -> Result<Value, Status> {
        let key = (namespace.to_owned(), name.to_owned());
        let mut old = self.objects.remove(&key).ok_or_else(|| Status::not_found(name))?;
        self.version = self.version() + 1;
        old["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.history.push(Change { version: self.version, old: Some(old.clone()), new: None });
        Ok(old)
    }

    /// The first page of a list.
    pub(super) fn list(&mut self, select: &Select, limit: usize) -> Page {
        let items = self.objects.values().filter(|object| select.matches(object)).cloned().collect();
        self.page(self.version(), items, limit)
    }

    /// A further page, of what was there when the first was asked for.
    pub(super) fn list_on(&mut self, token: &str, limit: usize) -> Result<Page, Status> {
        let expired = || Status::new(410, "Expired", "The provided continue parameter is too old");
        let (version, items) = self.pages.remove(token).ok_or_else(expired)?;
        Ok(self.page(version, items, limit))
    }

    fn page(&mut self, version: u64, mut items: Vec<Value>, limit: usize) -> Page {
        let rest = items.split_off(limit.min(items.len()));
        let more = (!rest.is_empty()).then(|| {
            let (token, left) = (format!("{version}.{}", rest.len()), rest.len());
            self.pages.insert(token.clone(), (version, rest));
            (token, left)
        });
        Page { version, items, more }
    }

    /// All changes after a version.
    pub(super) fn after(&self, version: u64) -> Result<Vec<Change>, Status> {
        if version < self.compacted {
            return Err(Status::gone(version, self.compacted));
        }
        Ok(self.history.iter().filter(|change| change.version > version).cloned().collect())
    }

    pub(super) fn compact(&mut self) {
        self.compacted = self.version();
        self.history.clear();
        self.pages.clear();
    }
}
