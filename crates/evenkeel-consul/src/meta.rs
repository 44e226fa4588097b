use std::collections::BTreeMap;

/// The metadata of a service: pairs of texts.
pub(crate) type Meta = BTreeMap<String, String>;

/// What all keys of ours begin with.
pub(crate) const PREFIX: &str = "evenkeel-";
pub(crate) const WEIGHT: &str = "evenkeel-weight";
pub(crate) const PRIORITY: &str = "evenkeel-priority";
pub(crate) const ADDRESSES: &str = "evenkeel-addresses";
pub(crate) const TAGS: &str = "evenkeel-tags";

/// The longest value that Consul takes, in bytes.
const LONGEST: usize = 512;
/// The most pairs that Consul takes.
pub(crate) const MOST: usize = 64;
/// The most that pairs within Consul's bounds can add up to, in bytes: 64 keys of 128 bytes with their values.
pub(crate) const WHOLE: usize = MOST * (128 + LONGEST);

/// Where the part `n` of a value stands: `key`, `key-2`, `key-3` and so on.
fn part(key: &str, n: usize) -> String {
    if n == 1 { key.to_owned() } else { format!("{key}-{n}") }
}

/// Writes a value of any length, over as many pairs as it needs.
pub(crate) fn write(meta: &mut Meta, key: &str, value: &str) {
    let (mut rest, mut n) = (value, 1);
    while !rest.is_empty() {
        let end = (0..=LONGEST.min(rest.len())).rev().find(|end| rest.is_char_boundary(*end));
        let (head, tail) = rest.split_at(end.unwrap_or(rest.len()));
        meta.insert(part(key, n), head.to_owned());
        (rest, n) = (tail, n + 1);
    }
}

/// Reads what [`write`] wrote; nothing where there is nothing.
pub(crate) fn read(meta: &Meta, key: &str) -> Option<String> {
    let parts = (1..).map_while(|n| meta.get(&part(key, n)));
    parts.fold(None, |whole, part| Some(whole.unwrap_or_default() + part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_value_of_any_length_is_read_back_whole(value in "[a-zé✓]{0,1200}") {
            let mut meta = Meta::new();
            write(&mut meta, TAGS, &value);
            prop_assert!(meta.values().all(|part| part.len() <= LONGEST));
            prop_assert_eq!(read(&meta, TAGS).unwrap_or_default(), value);
        }
    }
}
