use evenkeel_discover::BadRecord;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// An `EndpointSlice` of `discovery.k8s.io/v1`, as far as it matters here. What a list may lack, Go writes as `null`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Slice {
    #[serde(default)]
    pub(crate) address_type: String,
    #[serde(default, deserialize_with = "or_null")]
    pub(crate) ports: Vec<Port>,
    #[serde(default, deserialize_with = "each")]
    pub(crate) endpoints: Vec<Result<Endpoint, BadRecord>>,
}

/// A port of all endpoints of a slice.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Port {
    pub(crate) name: Option<String>,
    /// Without one: all ports.
    #[serde(rename = "port")]
    pub(crate) number: Option<u16>,
    /// Without one: TCP.
    pub(crate) protocol: Option<String>,
}

/// An endpoint: most often a pod.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Endpoint {
    pub(crate) addresses: Option<Vec<String>>,
    pub(crate) conditions: Option<Conditions>,
    pub(crate) hostname: Option<String>,
    pub(crate) target_ref: Option<TargetRef>,
    pub(crate) node_name: Option<String>,
    pub(crate) zone: Option<String>,
    pub(crate) hints: Option<Hints>,
}

/// What is known of its state; anything may be unknown.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Conditions {
    pub(crate) ready: Option<bool>,
    pub(crate) serving: Option<bool>,
    pub(crate) terminating: Option<bool>,
}

/// The object behind it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TargetRef {
    pub(crate) kind: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) uid: Option<String>,
}

/// Who it is meant for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Hints {
    pub(crate) for_zones: Option<Vec<ForZone>>,
}

/// A zone that it is meant for.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ForZone {
    pub(crate) name: String,
}

fn or_null<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Port>, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

/// Each is read by itself, so that a bad one spoils no other.
fn each<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Result<Endpoint, BadRecord>>, D::Error> {
    let all = Option::<Vec<Value>>::deserialize(from)?.unwrap_or_default();
    Ok(all.into_iter().map(|one| serde_json::from_value(one).map_err(BadRecord::new)).collect())
}

/// Reads a slice, with its name; nothing if it has none.
pub(crate) fn read_slice(object: Value) -> Option<(String, Result<Slice, BadRecord>)> {
    let name = object.get("metadata")?.get("name")?.as_str()?.to_owned();
    Some((name, serde_json::from_value(object).map_err(BadRecord::new)))
}
