use crate::{CallInfo, Failure, Field, FieldKind, Metadata, keyed, mix};
use serde::{Deserialize, Deserializer, de::Error};
use siphasher::sip::SipHasher13;
use std::{hash::Hasher, sync::Arc};

/// Where a hash policy gets the key of a call, and what it does without one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KeySource {
    /// The metadata entry whose values, joined by ',', are the key; its name in any case. Without it, the key that the caller
    /// put on the call.
    #[serde(deserialize_with = "header")]
    pub request_hash_header: Option<String>,
    /// The seed of all hashes. Clients that share it, and the set, agree on every key.
    pub hash_seed: u64,
    /// What happens to a call without a key. An empty key counts as none.
    pub on_missing_key: OnMissingKey,
}

/// What happens to a call without a key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnMissingKey {
    /// It fails.
    #[default]
    Fail,
    /// It goes to a random instance.
    Random,
}

pub(in crate::policies) const HASH_SEED: Field =
    Field::whole("hashSeed", 0..=u64::MAX, "0", "the seed of all hashes; clients that share it agree");
pub(in crate::policies) const ON_MISSING_KEY: Field = Field::new(
    "onMissingKey",
    FieldKind::OneOf(&["fail", "random"]),
    "\"fail\"",
    "what happens to a call without a key",
);
pub(in crate::policies) const REQUEST_HASH_HEADER: Field = Field::new(
    "requestHashHeader",
    FieldKind::Text,
    "\"\"",
    "the metadata entry that is the key; empty: the key that the caller put on the call",
);

/// The name of a metadata entry: the characters of an HTTP token (RFC 9110 section 5.6.2), and no binary entry (gRFC A76).
fn header<'de, D: Deserializer<'de>>(json: D) -> Result<Option<String>, D::Error> {
    let name = String::deserialize(json)?;
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if let Some(c) = name.chars().find(|c| !token(*c)) {
        return Err(D::Error::custom(format!("a header's name has no {c:?}")));
    }
    if name.to_ascii_lowercase().ends_with("-bin") {
        return Err(D::Error::custom("a key is text, and a header whose name ends in -bin is binary"));
    }
    Ok((!name.is_empty()).then_some(name))
}

/// A [`KeySource`] made ready for picks.
#[derive(Debug)]
pub(in crate::policies) struct Keys {
    seed: u64,
    header: Option<Box<str>>,
    /// What a call without a key fails with; none: it goes anywhere.
    missing: Option<Arc<Failure>>,
}

impl Keys {
    pub(in crate::policies) fn new(policy: &'static str, source: &KeySource) -> Self {
        let header = source.request_hash_header.as_ref().filter(|name| !name.is_empty());
        let header = header.map(|name| name.to_ascii_lowercase().into_boxed_str());
        let wants: Arc<str> = match &header {
            Some(name) => format!("a value of {name:?} in its metadata").into(),
            None => "one put on the call by the caller".into(),
        };
        let missing = match source.on_missing_key {
            OnMissingKey::Fail => Some(Arc::new(Failure::MissingKey { policy, wants })),
            OnMissingKey::Random => None,
        };
        Self { seed: source.hash_seed, header, missing }
    }

    /// The hash of the call's key, or what the call fails with.
    ///
    /// In place of a missing key a random number is the hash, another one for each attempt; retries still go to untried ones.
    #[inline]
    pub(in crate::policies) fn hash(&self, call: &CallInfo<'_>) -> Result<u64, Arc<Failure>> {
        let hash = match &self.header {
            None => call.key().filter(|key| !key.is_empty()).map(|key| keyed(self.seed, key)),
            Some(name) => joined(self.seed, name, call.metadata()),
        };
        match (hash, &self.missing) {
            (Some(hash), _) => Ok(hash),
            (None, None) => Ok(call.random()),
            (None, Some(failure)) => Err(failure.clone()),
        }
    }
}

/// The hash of all values of an entry, joined by ',' (gRFC A76), without joining them; nothing for an empty text.
fn joined(seed: u64, name: &str, metadata: &dyn Metadata) -> Option<u64> {
    // The keys of `keyed`.
    let mut hasher = SipHasher13::new_with_keys(seed, mix(seed));
    let (mut first, mut empty) = (true, true);
    metadata.values(name, &mut |value| {
        if !std::mem::take(&mut first) {
            hasher.write(b",");
            empty = false;
        }
        empty &= value.is_empty();
        hasher.write(value);
    });
    (!empty).then(|| hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::{super::client::now, *};
    use proptest::prelude::*;

    #[derive(Debug)]
    struct Values(Vec<Vec<u8>>);

    impl Metadata for Values {
        fn values(&self, name: &str, see: &mut dyn FnMut(&[u8])) {
            if name == "x-user" {
                self.0.iter().for_each(|value| see(value));
            }
        }
    }

    proptest! {
        #[test]
        fn the_key_of_a_header_is_its_values_joined(
            seed: u64, values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..12), 0..5)
        ) {
            let whole = values.join(&b',');
            let want = (!whole.is_empty()).then(|| keyed(seed, &whole));
            prop_assert_eq!(joined(seed, "x-user", &Values(values)), want);
        }
    }

    /// gRFC A76; grpc-go's ringhash config.
    #[test]
    fn a_header_that_no_request_has_as_text_is_refused() {
        let read = |name: &str| {
            serde_json::from_value::<KeySource>(serde_json::json!({ "requestHashHeader": name }))
                .map(|source| source.request_hash_header)
                .map_err(|error| error.to_string())
        };
        assert_eq!(read("X-User"), Ok(Some("X-User".to_owned())));
        assert_eq!(read("x-binary"), Ok(Some("x-binary".to_owned())));
        assert_eq!(read(""), Ok(None));
        for name in ["x-bin", "X-BIN", "-bin", "a b"] {
            assert!(read(name).is_err(), "{name}");
        }
    }

    /// B 40, G-34, F17.
    #[test]
    fn no_key_and_an_empty_one_fail_unless_random_is_asked_for() {
        let (none, user) = (Values(vec![]), Values(vec![b"ann".to_vec()]));
        let source = |header: &str, on_missing_key| KeySource {
            request_hash_header: Some(header.to_owned()),
            hash_seed: 3,
            on_missing_key,
        };
        for header in ["", "X-User"] {
            let keys = Keys::new("p", &source(header, OnMissingKey::Fail));
            for key in [None, Some(&b""[..])] {
                let call = CallInfo::new(5, 0, &now).with_key(key).with_metadata(&none);
                let failure = keys.hash(&call).unwrap_err();
                assert!(matches!(&*failure, Failure::MissingKey { policy: "p", .. }), "{failure}");
                let keys = Keys::new("p", &source(header, OnMissingKey::Random));
                assert_eq!(keys.hash(&call).unwrap(), 5);
            }
        }
        // Where a header is asked for, the caller's own key does not stand in for it.
        let keys = Keys::new("p", &source("X-User", OnMissingKey::Fail));
        let call = CallInfo::new(5, 0, &now).with_key(Some(b"key"));
        assert!(keys.hash(&call).unwrap_err().to_string().contains("\"x-user\""));
        assert_eq!(keys.hash(&call.with_metadata(&user)).unwrap(), keyed(3, b"ann"));
    }
}
