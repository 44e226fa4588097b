use super::Tagging;
use crate::{BadConfig, CallInfo, Choice, Field, FieldKind, Named, RawConfig};
use serde_json::Value;
use std::{collections::HashSet, sync::Arc};

/// The config of [`Tagging`].
#[derive(Debug, Clone)]
pub struct TaggingConfig {
    /// What instances are told apart by, in the order in which they narrow the set; at least one.
    pub tags: Arc<[Tag]>,
    /// Where a call goes that no instance matches.
    pub on_no_match: OnNoMatch,
    /// The policy within each group.
    pub child: Choice,
}

/// A tag that instances must have with the value that a call wants.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(from = "RawTag")]
pub struct Tag {
    /// The tag's key.
    pub key: Arc<str>,
    /// Which value.
    pub wanted: Wanted,
}

/// The value of a tag that a call wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Each call wants this one.
    Fixed(Arc<str>),
    /// The first value of this entry of the request's metadata; `""` where there is none.
    Header(Box<str>),
}

/// Where a call goes that no instance matches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnNoMatch {
    /// Nowhere: it fails.
    #[default]
    Fail,
    /// To the instances that have none of the tags; it fails where there are none.
    Untagged,
    /// To any instance.
    All,
}

/// A tag as it is written: exactly one of value and header is there, which is checked before.
#[derive(serde::Deserialize)]
struct RawTag {
    key: String,
    value: Option<String>,
    header: Option<String>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawTagging {
    tags: Vec<Tag>,
    #[serde(default)]
    on_no_match: OnNoMatch,
}

/// The most tags: each is a step of every pick. Nobody is known to use more than three.
const MAX_TAGS: usize = 64;

const TAG: &[Field] = &[
    Field::new("key", FieldKind::Text, "", "the tag's key"),
    Field::new("value", FieldKind::Text, "null", "the value that each call wants"),
    Field::new("header", FieldKind::Text, "null", "the metadata entry whose first value a call wants"),
];

impl Named for Tagging {
    const NAME: &'static str = "tagging";
    const FIELDS: &'static [Field] = &[
        Field::new(
            "tags",
            FieldKind::List { of: TAG, min: 1, max: MAX_TAGS },
            "",
            "the tags that an instance must have, each with a fixed value or a header's",
        ),
        Field::new(
            "onNoMatch",
            FieldKind::OneOf(&["fail", "untagged", "all"]),
            "\"fail\"",
            "a call that no instance matches fails, or goes to the instances without tags, or to any",
        ),
        Field::new("childPolicy", FieldKind::Policies, "", "the policy within each group"),
    ];

    fn parse(config: &RawConfig<'_>) -> Result<TaggingConfig, BadConfig> {
        check_tags(config)?;
        let RawTagging { tags, on_no_match } = config.typed()?;
        Ok(TaggingConfig { tags: tags.into(), on_no_match, child: config.child("childPolicy")? })
    }
}

/// Checks what the types of the fields do not say.
fn check_tags(config: &RawConfig<'_>) -> Result<(), BadConfig> {
    let mut keys = HashSet::new();
    for (n, tag) in config.get("tags").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let text = |field| tag.get(field).and_then(Value::as_str);
        let wrong = |field: &str, bound| {
            Err(config.wrong(&format!("tags[{n}].{field}"), tag.get(field).unwrap_or(&Value::Null), bound))
        };
        if text("key").is_some_and(str::is_empty) {
            return wrong("key", "a text that is not empty");
        }
        if !keys.insert(text("key")) {
            return wrong("key", "each key once");
        }
        if text("value").is_some() == text("header").is_some() {
            return Err(config.wrong(&format!("tags[{n}]"), tag, "exactly one of value and header"));
        }
        if text("header").is_some_and(|name| !is_header(name)) {
            return wrong("header", "the name of a metadata entry that is not binary (-bin)");
        }
    }
    Ok(())
}

/// Whether metadata can have an entry of that name, with text in it (gRPC over HTTP/2, "Custom-Metadata").
fn is_header(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && name.bytes().all(fits) && !name.to_ascii_lowercase().ends_with("-bin")
}

impl From<RawTag> for Tag {
    fn from(RawTag { key, value, header }: RawTag) -> Self {
        let wanted = match header {
            Some(name) => Wanted::Header(name.to_ascii_lowercase().into()),
            None => Wanted::Fixed(value.unwrap_or_default().into()),
        };
        Self { key: key.into(), wanted }
    }
}

impl Wanted {
    /// Shows the value that this call wants.
    pub(super) fn of<T: Default>(&self, call: &CallInfo<'_>, see: impl FnOnce(&[u8]) -> T) -> T {
        let name = match self {
            Self::Fixed(value) => return see(value.as_bytes()),
            Self::Header(name) => name,
        };
        let (mut see, mut seen) = (Some(see), None);
        call.metadata().values(name, &mut |value| {
            if let Some(see) = see.take() {
                seen = Some(see(value));
            }
        });
        // It was taken exactly if a value was seen.
        see.map_or_else(|| seen.unwrap_or_default(), |see| see(b""))
    }
}
