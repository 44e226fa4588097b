use crate::meta::{self, ADDRESSES, Meta, PREFIX, PRIORITY, TAGS, WEIGHT};
use evenkeel_core::{Address, Instance};
use evenkeel_discover::{BadRecord, read_u32};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// One entry of the answer of `/v1/health/service/NAME`, as far as it matters here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Entry {
    node: Option<Node>,
    service: Service,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Node {
    #[serde(default)]
    address: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Service {
    #[serde(rename = "ID", default)]
    id: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    port: Value,
    tags: Option<Vec<String>>,
    meta: Option<Meta>,
    weights: Option<Weights>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Weights {
    passing: Option<Value>,
}

impl Entry {
    /// Which one it is, for a message.
    pub(crate) fn name(&self) -> &str {
        &self.service.id
    }

    /// The tags that Consul selects by.
    pub(crate) fn tags(&self) -> &[String] {
        self.service.tags.as_deref().unwrap_or_default()
    }

    /// The instance that it describes.
    pub(crate) fn instance(&self) -> Result<Instance, BadRecord> {
        let nothing = Meta::new();
        let meta = self.service.meta.as_ref().unwrap_or(&nothing);
        let length: usize = meta.iter().map(|(key, value)| key.len() + value.len()).sum();
        if length > meta::WHOLE {
            let most = meta::WHOLE;
            return Err(BadRecord::new(format_args!(
                "{length} bytes of metadata; Consul takes at most {most}"
            )));
        }
        let instance = Instance::new(self.addresses(meta)?)
            .with_weight(self.weight(meta)?)
            .with_priority(number(meta, PRIORITY)?.unwrap_or(0))
            .with_tags(self.all_tags(meta)?);
        Ok(instance)
    }

    fn addresses(&self, meta: &Meta) -> Result<Vec<Address>, BadRecord> {
        let read = |text: &str| text.parse().map_err(BadRecord::new);
        if let Some(all) = meta::read(meta, ADDRESSES) {
            return all.split(',').map(read).collect();
        }
        let node = self.node.as_ref().map_or("", |node| node.address.as_str());
        let host = if self.service.address.is_empty() { node } else { &self.service.address };
        let port = &self.service.port;
        let text = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        Ok(vec![read(&text)?])
    }

    fn weight(&self, meta: &Meta) -> Result<u32, BadRecord> {
        if let Some(weight) = number(meta, WEIGHT)? {
            return Ok(weight);
        }
        let passing = self.service.weights.as_ref().and_then(|weights| weights.passing.as_ref());
        passing.map_or(Ok(1), |weight| read_u32("Weights.Passing", weight))
    }

    /// Of one key, what metadata says goes before what a tag says.
    fn all_tags(&self, meta: &Meta) -> Result<BTreeMap<Arc<str>, Arc<str>>, BadRecord> {
        let pairs = self.tags().iter().map(|tag| tag.split_once('=').unwrap_or((tag, "")));
        let of_meta = meta.iter().filter(|(key, _)| !key.starts_with(PREFIX));
        let pairs = pairs.chain(of_meta.map(|(key, value)| (key.as_str(), value.as_str())));
        let mut tags: BTreeMap<Arc<str>, Arc<str>> = pairs.map(|(k, v)| (k.into(), v.into())).collect();
        if let Some(text) = meta::read(meta, TAGS) {
            let more: BTreeMap<String, String> = serde_json::from_str(&text)
                .map_err(|error| BadRecord::new(format_args!("{TAGS}: {error}")))?;
            tags.extend(more.into_iter().map(|(key, value)| (key.into(), value.into())));
        }
        Ok(tags)
    }
}

fn number(meta: &Meta, key: &str) -> Result<Option<u32>, BadRecord> {
    let Some(text) = meta.get(key) else { return Ok(None) };
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    let bad = || BadRecord::new(format_args!("{key} {text:?}: want a whole number in 0..=4294967295"));
    number.map(Some).ok_or_else(bad)
}
