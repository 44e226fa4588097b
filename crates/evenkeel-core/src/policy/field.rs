use serde_json::Value;
use std::{ops::RangeInclusive, time::Duration};

/// A field of a policy's config: what `keel policies` shows, and what a value is checked against before it is parsed.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// What values it takes.
    pub kind: FieldKind,
    /// The default, as JSON; empty where the field is required, `null` where it may be absent.
    pub default: &'static str,
    /// What it does, in a few words.
    pub text: &'static str,
}

/// What values a [`Field`] takes.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum FieldKind {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Whole {
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
    },
    /// A number.
    Number {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
    },
    /// A proto-JSON duration such as `"0.5s"`.
    Duration {
        /// The least.
        min: Duration,
        /// The greatest.
        max: Duration,
    },
    /// Any text.
    Text,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A list of policies, the first known one counts.
    Policies,
    /// A list of objects.
    List {
        /// The fields of each.
        of: &'static [Field],
        /// The fewest that there may be.
        min: usize,
        /// The most that there may be.
        max: usize,
    },
}

impl Field {
    /// A field that takes whole numbers.
    pub const fn whole(
        name: &'static str,
        bounds: RangeInclusive<u64>,
        default: &'static str,
        text: &'static str,
    ) -> Self {
        Self { name, kind: FieldKind::Whole { min: *bounds.start(), max: *bounds.end() }, default, text }
    }

    /// A field of another kind.
    pub const fn new(name: &'static str, kind: FieldKind, default: &'static str, text: &'static str) -> Self {
        Self { name, kind, default, text }
    }

    /// Whether it takes that value. What the objects of a list hold is checked field by field, not here.
    pub(super) fn takes(&self, value: &Value) -> bool {
        match self.kind {
            FieldKind::Bool => value.is_boolean(),
            FieldKind::Whole { min, max } => value.as_u64().is_some_and(|n| (min..=max).contains(&n)),
            FieldKind::Number { min, max } => value.as_f64().is_some_and(|n| (min..=max).contains(&n)),
            FieldKind::Duration { min, max } => {
                crate::service_config::duration(value).is_some_and(|d| (min..=max).contains(&d))
            }
            FieldKind::Text => value.is_string(),
            FieldKind::OneOf(texts) => value.as_str().is_some_and(|text| texts.contains(&text)),
            FieldKind::Policies => value.is_array(),
            FieldKind::List { min, max, .. } => {
                value.as_array().is_some_and(|list| (min..=max).contains(&list.len()))
            }
        }
    }

    /// What it takes, in words.
    pub fn bound(&self) -> String {
        match self.kind {
            FieldKind::Bool => "true or false".to_owned(),
            FieldKind::Whole { min, max } => format!("a whole number in {min}..={max}"),
            FieldKind::Number { min, max } => format!("a number in {min}..={max}"),
            FieldKind::Duration { min, max } => {
                format!("a duration such as \"0.5s\" in {}s..={}s", min.as_secs_f64(), max.as_secs_f64())
            }
            FieldKind::Text => "a text".to_owned(),
            FieldKind::OneOf(texts) => format!("one of {}", texts.join(", ")),
            FieldKind::Policies => "a list of policies".to_owned(),
            FieldKind::List { min, max, .. } => format!("a list of {min} to {max} objects"),
        }
    }
}
