use serde_json::Value;
use std::collections::BTreeMap;

/// The query of a request.
#[derive(Debug, Clone)]
pub(super) struct Query(BTreeMap<String, String>);

/// Which objects are asked for.
#[derive(Debug, Clone)]
pub(super) struct Select {
    namespace: Option<String>,
    labels: Vec<(String, String)>,
    name: Option<String>,
}

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        Self(pairs.map(|(key, value)| (decode(key), decode(value))).collect())
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn number<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        self.get(key).and_then(|value| value.parse().ok())
    }

    pub(super) fn is_true(&self, key: &str) -> bool {
        matches!(self.get(key), Some("1" | "true"))
    }

    /// The objects of one namespace, or of all.
    pub(super) fn select(&self, namespace: Option<&str>) -> Select {
        let pairs = |key| {
            let parts = self.get(key).unwrap_or_default().split(',').filter_map(|part| part.split_once('='));
            parts.map(|(k, v)| (k.to_owned(), v.trim_start_matches('=').to_owned())).collect::<Vec<_>>()
        };
        let name = pairs("fieldSelector").into_iter().find(|(k, _)| k == "metadata.name").map(|(_, v)| v);
        Select { namespace: namespace.map(str::to_owned), labels: pairs("labelSelector"), name }
    }
}

impl Select {
    pub(super) fn matches(&self, object: &Value) -> bool {
        let metadata = &object["metadata"];
        let is = |key: &str, want: &Option<String>| {
            want.as_deref().is_none_or(|want| metadata[key].as_str() == Some(want))
        };
        is("namespace", &self.namespace)
            && is("name", &self.name)
            && self.labels.iter().all(|(key, value)| metadata["labels"][key].as_str() == Some(value))
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |byte: Option<u8>| char::from(byte.unwrap()).to_digit(16).unwrap();
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => u8::try_from(hex(rest.next()) << 4 | hex(rest.next())).unwrap(),
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}
