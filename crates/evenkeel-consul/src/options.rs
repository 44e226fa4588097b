use crate::access::one;
use evenkeel_core::{Field, FieldKind};
use evenkeel_discover::{BadTarget, Target};
use std::{ops::RangeInclusive, time::Duration};

/// The shortest TTL has room for three heartbeats; the longest is long enough for anything.
const TTL: RangeInclusive<Duration> = Duration::from_secs(2)..=Duration::from_secs(3600);
const DEFAULT_TTL: Duration = Duration::from_secs(15);

/// The options of a target, the same for the source and the registrar, so that both can be given one target.
pub(crate) const OPTIONS: &[Field] = &[
    Field::new("tag", FieldKind::Text, "null", "a tag that an instance must have; of several, all"),
    Field::new(
        "dc",
        FieldKind::Text,
        "null",
        "the data centre that is asked about; the agent's own without it",
    ),
    Field::new("near", FieldKind::Text, "null", "the node that the instances are ordered by, such as _agent"),
    Field::new("ns", FieldKind::Text, "null", "the namespace, of Consul Enterprise"),
    Field::new("token", FieldKind::Text, "null", "the ACL token; never shown"),
    Field::new(
        "ttl",
        FieldKind::Duration { min: *TTL.start(), max: *TTL.end() },
        "\"15s\"",
        "how long what is registered counts as healthy without a sign of its process",
    ),
    Field::new("ca", FieldKind::Text, "null", "TLS: a PEM file of the certificates to trust"),
    Field::new("cert", FieldKind::Text, "null", "TLS: a PEM file of the client's certificate"),
    Field::new("key", FieldKind::Text, "null", "TLS: a PEM file of its key"),
];

/// How long what is registered counts as healthy without a sign of its process.
pub(crate) fn ttl(target: &Target) -> Result<Duration, BadTarget> {
    one(target, "ttl")?;
    Ok(target.duration("ttl", TTL)?.unwrap_or(DEFAULT_TTL))
}
