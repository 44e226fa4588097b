use super::{Client, Slice, encode, read_slice};
use crate::KubernetesError;
use evenkeel_discover::BadRecord;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// All slices of a service, as they were at one time.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) slices: BTreeMap<String, Result<Slice, BadRecord>>,
    /// Where a watch goes on.
    pub(crate) version: String,
}

/// A page of it.
#[derive(Debug, Deserialize)]
struct Page {
    metadata: Metadata,
    items: Option<Vec<Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    resource_version: String,
    #[serde(default)]
    r#continue: String,
}

/// How many slices are asked for at once (kubectl's own number).
const PAGE: usize = 500;
/// The most slices of a service: a million endpoints, ten times what is kept of them by default.
pub(crate) const MOST_SLICES: usize = 10_000;
/// The most pages of a list; real ones are full but for the last.
const PAGES: usize = 1_000;
/// How often a list that is compacted away in its middle is begun again.
const ATTEMPTS: u32 = 3;

impl Listed {
    /// Asks for all slices that a path with a selector names.
    pub(crate) async fn ask(client: &mut Client, path: &str) -> Result<Self, KubernetesError> {
        let mut attempt = 1;
        loop {
            match Self::ask_once(client, path).await {
                Err(error) if error.is_gone() && attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }

    async fn ask_once(client: &mut Client, path: &str) -> Result<Self, KubernetesError> {
        let malformed = |why: String| KubernetesError::Malformed { what: "the list of slices", why };
        let mut listed = Self { slices: BTreeMap::new(), version: String::new() };
        let mut token = String::new();
        for _ in 0..PAGES {
            let body = client.get_whole(&format!("{path}&limit={PAGE}{token}")).await?;
            let page: Page = serde_json::from_slice(&body).map_err(|error| malformed(error.to_string()))?;
            for item in page.items.unwrap_or_default() {
                listed.slices.extend(read_slice(item));
            }
            if listed.slices.len() > MOST_SLICES {
                return Err(malformed(format!("more than {MOST_SLICES} slices")));
            }
            listed.version = page.metadata.resource_version;
            let next = page.metadata.r#continue;
            if next.is_empty() && listed.version.is_empty() {
                return Err(malformed("it has no resourceVersion".to_owned()));
            }
            if next.is_empty() {
                return Ok(listed);
            }
            token = format!("&continue={}", encode(&next));
        }
        Err(malformed("its pages do not end".to_owned()))
    }
}
