use super::{Address, interleave};
use std::{
    collections::{BTreeMap, HashSet},
    hash::{Hash, Hasher},
    sync::Arc,
};

/// One server of a service: its addresses, weight and tags. Immutable, shared as `Arc<Instance>`.
///
/// Its identity is its *set* of addresses: a new weight or tag, or another order, is the same instance and costs no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    key: Key,
    addresses: Arc<[Address]>,
    weight: u32,
    priority: u32,
    tags: BTreeMap<Arc<str>, Arc<str>>,
}

/// The identity of an instance: what its endpoint, load and health belong to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(Kind);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Kind {
    Addresses(Arc<[Address]>),
    Slot(Slot),
}

/// An identity of a policy's own, for an endpoint that joins many instances, so that their list may change under it.
#[derive(Debug, Clone, Default)]
pub struct Slot(Arc<u8>);

impl PartialEq for Slot {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Slot {}

impl Hash for Slot {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl Key {
    /// Whether this is a policy's own joined endpoint rather than an instance of discovery.
    pub fn is_slot(&self) -> bool {
        matches!(self.0, Kind::Slot(_))
    }
}

impl Instance {
    /// An instance at these addresses, in order of preference, with weight 1 and no tags. A repeated address counts once.
    pub fn new(addresses: impl IntoIterator<Item = Address>) -> Self {
        let addresses: Arc<[Address]> = without_repeats(addresses.into_iter().collect()).into();
        let key = if addresses.is_sorted() {
            addresses.clone()
        } else {
            let mut set = addresses.to_vec();
            set.sort();
            set.into()
        };
        Self { key: Key(Kind::Addresses(key)), addresses, weight: 1, priority: 0, tags: BTreeMap::new() }
    }

    /// One endpoint out of many instances: all their addresses, without repeats, families interleaved (RFC 8305 section 4).
    pub fn joined(slot: &Slot, instances: &[Arc<Self>]) -> Self {
        let addresses = interleave(instances.iter().flat_map(|i| i.addresses.iter().cloned()));
        Self {
            key: Key(Kind::Slot(slot.clone())),
            addresses: addresses.into(),
            weight: 1,
            priority: 0,
            tags: BTreeMap::new(),
        }
    }

    /// The same at these addresses: another instance, with this one's weight, tier and tags.
    #[must_use]
    pub fn with_addresses(&self, addresses: impl IntoIterator<Item = Address>) -> Self {
        let Self { weight, priority, tags, .. } = self;
        Self { weight: *weight, priority: *priority, tags: tags.clone(), ..Self::new(addresses) }
    }

    /// The same with this weight. 0 means drained: it gets no new calls. Never clamped.
    #[must_use]
    pub fn with_weight(mut self, weight: u32) -> Self {
        self.weight = weight;
        self
    }

    /// The same in this tier: 0 is the best, and a tier is used only where none of the better ones is usable (RFC 2782's priority).
    #[must_use]
    pub fn with_priority(mut self, priority: u32) -> Self {
        self.priority = priority;
        self
    }

    /// The same with these tags and no others.
    #[must_use]
    pub fn with_tags(mut self, tags: BTreeMap<Arc<str>, Arc<str>>) -> Self {
        self.tags = tags;
        self
    }

    /// The same with this tag; the last value of a key stays.
    #[must_use]
    pub fn with_tag(mut self, key: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// The identity.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The addresses, in order of preference.
    pub fn addresses(&self) -> &Arc<[Address]> {
        &self.addresses
    }

    /// The weight that discovery gave; 0 is drained.
    pub fn weight(&self) -> u32 {
        self.weight
    }

    /// The tier that it belongs to; 0, the default, is the best.
    pub fn priority(&self) -> u32 {
        self.priority
    }

    /// Whether it is drained: known, shown, but not to be picked.
    pub fn is_drained(&self) -> bool {
        self.weight == 0
    }

    /// All tags, by key.
    pub fn tags(&self) -> &BTreeMap<Arc<str>, Arc<str>> {
        &self.tags
    }

    /// The value of one tag.
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key).map(AsRef::as_ref)
    }

    /// What output calls it: its first address.
    pub fn name(&self) -> String {
        self.addresses.first().map_or_else(|| "(no address)".to_owned(), ToString::to_string)
    }
}

/// The list without what stands further ahead in it already.
fn without_repeats(mut list: Vec<Address>) -> Vec<Address> {
    // Most have one.
    if list.len() > 1 {
        let mut seen = HashSet::with_capacity(list.len());
        list.retain(|address| seen.insert(address.clone()));
    }
    list
}

impl From<Address> for Instance {
    fn from(address: Address) -> Self {
        Self::new([address])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    /// G 111: a record of 1 MiB may list 100,000 of them.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "how long it takes is the point")]
    fn very_many_addresses_cost_little_time_and_repeats_count_once() {
        let at = |n: u32| Address::Name(format!("h{}", n % 50_000).into(), 1);
        let began = Instant::now();
        let instance = Instance::new((0..100_000).map(at));
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        assert_eq!(instance.addresses().len(), 50_000);
        assert_eq!(instance.addresses()[..2], [at(0), at(1)]);
    }
}
