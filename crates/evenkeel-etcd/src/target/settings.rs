use super::{Cluster, Prefix};
use evenkeel_core::{Field, FieldKind};
use evenkeel_discover::{BadTarget, Target};
use std::{ops::RangeInclusive, time::Duration};

/// What a target says.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) cluster: Cluster,
    /// What keys begin with; that of keys that are written.
    pub(crate) prefix: Prefix,
    /// What other keys begin with.
    other_prefix: Option<Prefix>,
    /// What the weights of all records but Kitex's are multiplied with.
    pub(crate) weight_scale: u32,
    /// How long what is registered outlives its process.
    pub(crate) ttl: Duration,
}

/// The options of a target.
pub(crate) const OPTIONS: &[Field] = &[
    Field::new(
        "slash",
        FieldKind::OneOf(&["yes", "no"]),
        "null",
        "whether keys begin with a slash; without it both are read, and written with one",
    ),
    Field::whole(
        "weight_scale",
        1..=1_000_000,
        "1",
        "what the weights of all records but Kitex's are multiplied with",
    ),
    Field::new(
        "ttl",
        FieldKind::Duration { min: *TTL.start(), max: *TTL.end() },
        "\"10s\"",
        "how long what is registered outlives its process",
    ),
    Field::new("ca", FieldKind::Text, "null", "TLS: a PEM file of the certificates to trust"),
    Field::new("cert", FieldKind::Text, "null", "TLS: a PEM file of the client's certificate"),
    Field::new("key", FieldKind::Text, "null", "TLS: a PEM file of its key"),
];
/// etcd grants no less than 2 s with its own defaults (one and a half election timeouts).
const TTL: RangeInclusive<Duration> = Duration::from_secs(2)..=Duration::from_secs(3600);
/// Go kit's.
const DEFAULT_TTL: Duration = Duration::from_secs(10);
const WEIGHT_SCALE: RangeInclusive<u32> = 1..=1_000_000;

impl Settings {
    pub(crate) fn of(target: &Target) -> Result<Self, BadTarget> {
        target.only_options(OPTIONS)?;
        let (prefix, other_prefix) = Prefix::both(target)?;
        Ok(Self {
            cluster: Cluster::of(target)?,
            prefix,
            other_prefix,
            weight_scale: weight_scale(target)?,
            ttl: target.duration("ttl", TTL)?.unwrap_or(DEFAULT_TTL),
        })
    }

    /// What the keys of the service begin with, one way or the other.
    pub(crate) fn prefixes(&self) -> impl Iterator<Item = &Prefix> {
        [&self.prefix].into_iter().chain(&self.other_prefix)
    }
}

fn weight_scale(target: &Target) -> Result<u32, BadTarget> {
    let Some(text) = target.option("weight_scale") else { return Ok(1) };
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let scale = text.parse().ok().filter(|scale| digits && WEIGHT_SCALE.contains(scale));
    scale.ok_or_else(|| {
        target.bad(format!("option weight_scale={text}: want a whole number in {WEIGHT_SCALE:?}"))
    })
}
