use super::Settings;
use evenkeel_core::{Address, Dropped, Instance, Snapshot, keyed};
use std::{cmp::Reverse, collections::BTreeMap, net::SocketAddr, sync::Arc};

/// The greatest number of tags of one instance.
const MOST_TAGS: usize = 64;
/// The greatest size of an instance's tags, in bytes of keys and values.
const MOST_TAG_BYTES: usize = 4096;

/// The set within the limits: addresses and tags of each instance first, then the number of instances.
pub(super) fn limit(set: Snapshot, settings: &Settings, dropped: &mut Dropped) -> Snapshot {
    fewer(trimmed(set, settings.addresses_per_instance, dropped), settings.limit, dropped)
}

fn trimmed(set: Snapshot, addresses: usize, dropped: &mut Dropped) -> Snapshot {
    let fits = |instance: &Instance| instance.addresses().len() <= addresses && tags_fit(instance);
    if set.iter().all(|instance| fits(instance)) {
        return set;
    }
    let trimmed: Vec<_> = set
        .iter()
        .map(|instance| if fits(instance) { instance.clone() } else { trim(instance, addresses, dropped) })
        .collect();
    set.with_instances(trimmed)
}

/// Whether all its tags are kept.
pub(crate) fn tags_fit(instance: &Instance) -> bool {
    let tags = instance.tags();
    let bytes: usize = tags.iter().map(|(key, value)| key.len() + value.len()).sum();
    tags.len() <= MOST_TAGS
        && bytes <= MOST_TAG_BYTES
        && !tags.iter().any(|(key, value)| is_unfit(key, value))
}

/// Control characters have no place in what is shown, logged and made into labels.
fn is_unfit(key: &str, value: &str) -> bool {
    key.is_empty() || key.chars().chain(value.chars()).any(char::is_control)
}

fn trim(instance: &Arc<Instance>, most: usize, dropped: &mut Dropped) -> Arc<Instance> {
    let name = instance.name();
    let mut tags = BTreeMap::new();
    let mut bytes = 0;
    for (key, value) in instance.tags() {
        let size = key.len() + value.len();
        if !is_unfit(key, value) && tags.len() < MOST_TAGS && bytes + size <= MOST_TAG_BYTES {
            bytes += size;
            tags.insert(key.clone(), value.clone());
        }
    }
    let lost = instance.tags().len() - tags.len();
    if lost > 0 {
        dropped.add_many(
            lost,
            format_args!(
                "{name}: {lost} tags with control characters or over {MOST_TAGS} tags, {MOST_TAG_BYTES} bytes"
            ),
        );
    }
    let addresses = instance.addresses();
    if addresses.len() <= most {
        return Arc::new((**instance).clone().with_tags(tags));
    }
    dropped.add_many(
        addresses.len() - most,
        format_args!("{name}: {} addresses, the limit is {most}", addresses.len()),
    );
    // By hash, so that another order of the same addresses is still the same instance.
    let mut bytes = Vec::new();
    let mut ranked: Vec<&Address> = addresses.iter().collect();
    ranked.sort_by_cached_key(|address| Reverse(hash(address, &mut bytes)));
    ranked.truncate(most);
    let kept = addresses.iter().filter(|address| ranked.contains(address)).cloned();
    Arc::new(instance.with_addresses(kept).with_tags(tags))
}

/// Of too many instances those that the hash of their identity prefers (rendezvous): the same ones in whatever order they come, and
/// one more or less changes at most one.
fn fewer(set: Snapshot, limit: usize, dropped: &mut Dropped) -> Snapshot {
    if set.len() <= limit {
        return set;
    }
    let mut bytes = Vec::new();
    let mut rank: Vec<(u64, usize)> =
        set.iter().enumerate().map(|(place, instance)| (identity(instance, &mut bytes), place)).collect();
    rank.select_nth_unstable(limit - 1);
    rank.truncate(limit);
    rank.sort_unstable_by_key(|(_, place)| *place);
    let (known, over) = (set.len(), set.len() - limit);
    dropped.add_many(over, format_args!("{over} of {known} instances, the limit is {limit}"));
    set.at(rank.into_iter().map(|(_, place)| place))
}

/// A hash of the identity that is the same on every machine. `bytes` is scratch space.
fn identity(instance: &Instance, bytes: &mut Vec<u8>) -> u64 {
    // The order of the addresses is no part of it.
    instance.addresses().iter().fold(0, |sum: u64, address| sum.wrapping_add(hash(address, bytes)))
}

fn hash(address: &Address, bytes: &mut Vec<u8>) -> u64 {
    bytes.clear();
    match address {
        Address::Tcp(SocketAddr::V4(at)) => {
            bytes.extend(at.ip().octets());
            bytes.extend(at.port().to_be_bytes());
        }
        Address::Tcp(SocketAddr::V6(at)) => {
            bytes.extend(at.ip().octets());
            bytes.extend(at.port().to_be_bytes());
        }
        other => bytes.extend(other.to_string().bytes()),
    }
    keyed(0, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbered(n: usize) -> Instance {
        Instance::from(format!("10.{}.{}.{}:80", n >> 16, n >> 8 & 255, n & 255).parse::<Address>().unwrap())
    }

    fn names(set: &Snapshot) -> Vec<String> {
        let mut names: Vec<_> = set.iter().map(|i| i.name()).collect();
        names.sort();
        names
    }

    /// 150,000 instances where 100,000 are allowed: the same ones on each of ten shuffled deliveries.
    #[test]
    fn of_too_many_the_same_are_kept_in_whatever_order_they_come() {
        let mut all: Vec<Arc<Instance>> = (0..150_000).map(|n| Arc::new(numbered(n))).collect();
        let mut kept = None;
        for _ in 0..10 {
            fastrand::shuffle(&mut all);
            let mut dropped = Dropped::default();
            let set = limit(Snapshot::new(all.iter().cloned()), &Settings::default(), &mut dropped);
            assert_eq!((set.len(), dropped.count), (100_000, 50_000));
            let names = names(&set);
            assert_eq!(*kept.get_or_insert(names.clone()), names);
        }
    }

    proptest! {
        /// Rendezvous: one instance more or less changes at most one of those that are kept.
        #[test]
        fn one_more_changes_at_most_one(n in 1..200usize, most in 1..100usize) {
            let settings = Settings { limit: most, ..Settings::default() };
            let keep = |n| names(&limit((0..n).map(numbered).collect(), &settings, &mut Dropped::default()));
            let (before, after) = (keep(n), keep(n + 1));
            prop_assert!(before.iter().filter(|name| !after.contains(name)).count() <= 1);
            prop_assert_eq!(after.len(), most.min(n + 1));
        }
    }

    #[test]
    fn an_instance_keeps_the_same_16_addresses_in_its_own_order() {
        let mut addresses: Vec<Address> = (0..100).map(|n| numbered(n).addresses()[0].clone()).collect();
        let mut dropped = Dropped::default();
        let keep = |addresses: &[Address], dropped: &mut Dropped| {
            let set: Snapshot = [Instance::new(addresses.iter().cloned())].into_iter().collect();
            limit(set, &Settings::default(), dropped)[0].clone()
        };
        let one = keep(&addresses, &mut dropped);
        assert_eq!((one.addresses().len(), dropped.count), (16, 84));
        addresses.reverse();
        let other = keep(&addresses, &mut dropped);
        assert_eq!(one.key(), other.key());
        assert!(one.addresses().iter().eq(other.addresses().iter().rev()));
    }

    #[test]
    fn tags_over_the_limits_or_with_control_characters_are_left_out_and_counted() {
        let many = (0..100).fold(numbered(1), |i, n| i.with_tag(format!("k{n:03}"), "v"));
        let big = numbered(2).with_tag("a", "x".repeat(1 << 20)).with_tag("b", "v");
        let odd = numbered(3).with_tag("a", "\u{1b}[2J").with_tag("b\n", "v").with_tag("c", "v");
        let mut dropped = Dropped::default();
        let set = limit([many, big, odd].into_iter().collect(), &Settings::default(), &mut dropped);
        assert_eq!(set.iter().map(|i| i.tags().len()).collect::<Vec<_>>(), [64, 1, 1]);
        assert_eq!((set[1].tag("b"), set[2].tag("c"), dropped.count), (Some("v"), Some("v"), 36 + 1 + 2));
    }
}
