use super::{Dropped, Instance, Key};
use std::{
    collections::{HashMap, HashSet},
    ops::Deref,
    sync::Arc,
};

/// An immutable set of instances, unique by identity, in the source's order. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Snapshot(Arc<Inner>, Repeats);

/// How many instances were there more than once; no part of what makes two sets the same.
type Repeats = usize;

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    instances: Box<[Arc<Instance>]>,
    service_config: Option<Arc<str>>,
    /// Who was taken out for being drained.
    drained: Arc<HashSet<Key>>,
    dropped: Option<Arc<Dropped>>,
}

impl Snapshot {
    /// The set of these instances. Of two with one identity the later one counts, in the place of the first;
    /// one without an address is left out.
    pub fn new(instances: impl IntoIterator<Item = Arc<Instance>>) -> Self {
        let mut places: HashMap<Key, usize> = HashMap::new();
        let mut list: Vec<Arc<Instance>> = Vec::new();
        let mut repeats = 0;
        for instance in instances {
            if instance.addresses().is_empty() {
                continue;
            }
            let place = *places.entry(instance.key().clone()).or_insert(list.len());
            if place == list.len() {
                list.push(instance);
            } else {
                list[place] = instance;
                repeats += 1;
            }
        }
        let instances = list.into();
        Self(
            Arc::new(Inner { instances, service_config: None, drained: Arc::default(), dropped: None }),
            repeats,
        )
    }

    /// How many instances this set was made of that were there already; of those the last counts. Sets derived from it have none.
    pub fn repeats(&self) -> usize {
        self.1
    }

    /// The same set with the service config that came with it, as JSON text (gRFC A2).
    #[must_use]
    pub fn with_service_config(&self, json: impl Into<Arc<str>>) -> Self {
        Self(Arc::new(Inner { service_config: Some(json.into()), ..self.0.copy() }), 0)
    }

    /// The same set with what was left out of it.
    #[must_use]
    pub fn with_dropped(&self, dropped: Option<Arc<Dropped>>) -> Self {
        Self(Arc::new(Inner { dropped, ..self.0.copy() }), 0)
    }

    /// What the source had to leave out: records that could not be read, addresses that may not be dialled, whatever is over a
    /// limit. Nothing in most sets.
    pub fn dropped(&self) -> Option<&Arc<Dropped>> {
        self.0.dropped.as_ref()
    }

    /// The service config that the source gave with this set.
    pub fn service_config(&self) -> Option<&Arc<str>> {
        self.0.service_config.as_ref()
    }

    /// Other instances in the same set: its service config and what was left out of it stay.
    #[must_use]
    pub fn with_instances(&self, instances: impl IntoIterator<Item = Arc<Instance>>) -> Self {
        let new = Self::new(instances);
        let (service_config, dropped) = (self.0.service_config.clone(), self.0.dropped.clone());
        Self(Arc::new(Inner { service_config, dropped, ..new.0.copy() }), 0)
    }

    /// Whether both are one and the same value. A cache may be keyed by this as long as it holds the snapshot.
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The instances at these places, in this order; a place that is not there is left out.
    #[must_use]
    pub fn at(&self, places: impl IntoIterator<Item = usize>) -> Self {
        let instances = places.into_iter().filter_map(|place| self.get(place).cloned()).collect();
        Self(Arc::new(Inner { instances, ..self.0.copy() }), 0)
    }

    /// The instances that `keep` lets through, in the same order.
    #[must_use]
    pub fn filter(&self, keep: impl Fn(&Instance) -> bool) -> Self {
        self.only(keep, self.0.drained.clone())
    }

    fn only(&self, keep: impl Fn(&Instance) -> bool, drained: Arc<HashSet<Key>>) -> Self {
        let instances = self.iter().filter(|i| keep(i)).cloned().collect();
        let (service_config, dropped) = (self.0.service_config.clone(), self.0.dropped.clone());
        Self(Arc::new(Inner { instances, service_config, drained, dropped }), 0)
    }

    /// These instances of it, as a set of their own.
    pub(crate) fn part(&self, instances: Vec<Arc<Instance>>) -> Self {
        let (instances, drained) = (instances.into(), self.0.drained.clone());
        Self(Arc::new(Inner { instances, service_config: None, drained, dropped: None }), 0)
    }

    /// The instances that may be picked: all but the drained ones. The same value where none is drained.
    #[must_use]
    pub fn eligible(&self) -> Self {
        let drained: HashSet<Key> = self.iter().filter(|i| i.is_drained()).map(|i| i.key().clone()).collect();
        if drained.is_empty() { self.clone() } else { self.only(|i| !i.is_drained(), Arc::new(drained)) }
    }

    /// Whether that instance was taken out of this set for being drained.
    pub(crate) fn drains(&self, key: &Key) -> bool {
        self.0.drained.contains(key)
    }
}

impl Inner {
    fn copy(&self) -> Self {
        let (instances, drained) = (self.instances.clone(), self.drained.clone());
        let (service_config, dropped) = (self.service_config.clone(), self.dropped.clone());
        Self { instances, service_config, drained, dropped }
    }
}

impl Deref for Snapshot {
    type Target = [Arc<Instance>];

    fn deref(&self) -> &Self::Target {
        &self.0.instances
    }
}

impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        self.same(other) || self.0 == other.0
    }
}

impl Eq for Snapshot {}

impl FromIterator<Instance> for Snapshot {
    fn from_iter<T: IntoIterator<Item = Instance>>(instances: T) -> Self {
        Self::new(instances.into_iter().map(Arc::new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Address;

    fn at(address: &str) -> Instance {
        Instance::from(address.parse::<Address>().unwrap())
    }

    /// A 6, F43.
    #[test]
    fn of_two_with_one_identity_the_later_counts() {
        let set: Snapshot =
            [at("a:1").with_weight(3), at("b:1"), at("a:1").with_weight(5)].into_iter().collect();
        let seen: Vec<_> = set.iter().map(|i| (i.name(), i.weight())).collect();
        assert_eq!(seen, [("a:1".to_owned(), 5), ("b:1".to_owned(), 1)]);
        assert_eq!((set.repeats(), set.filter(|_| true).repeats()), (1, 0));
    }

    /// F01, gRPC case 24: a reordered address list is the same instance, another set of addresses is not.
    #[test]
    fn identity_is_the_set_of_addresses() {
        let of = |list: &[&str]| Instance::new(list.iter().map(|a| a.parse().unwrap()));
        assert_eq!(of(&["a:1", "b:1"]).key(), of(&["b:1", "a:1"]).key());
        assert_ne!(of(&["a:1", "b:1"]).key(), of(&["a:1", "b:1", "c:1"]).key());
        assert_eq!(of(&["a:1"]).key(), of(&["a:1", "a:1"]).with_weight(7).with_tag("zone", "x").key());
    }

    /// F02, F03: weights have no sign, and 0 is drained.
    #[test]
    fn drained_instances_are_shown_but_not_eligible() {
        let set: Snapshot = [at("a:1").with_weight(0), at("b:1")].into_iter().collect();
        assert_eq!((set.len(), set.eligible().len()), (2, 1));
        assert!(set.eligible().eligible().same(&set.eligible()) || set.eligible().len() == 1);
        let all: Snapshot = [at("b:1")].into_iter().collect();
        assert!(all.eligible().same(&all));
    }
}
