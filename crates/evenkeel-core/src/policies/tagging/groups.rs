use super::{OnNoMatch, Tag, Wanted};
use crate::{CallInfo, Instance, Snapshot};
use std::{collections::HashMap, sync::Arc};

/// The instances of a set in groups by the values of their tags, as a tree: one level for each tag, in the configured order.
///
/// A fixed value is a level with one branch, so that what others have is known for errors only, and makes no group.
#[derive(Debug)]
pub(super) struct Groups {
    /// The first is the root. Never empty.
    nodes: Vec<Node>,
    all: Vec<(Name, Snapshot)>,
    fallback: Option<usize>,
}

/// What makes a group the same one from one set to the next.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Name {
    /// The instances with these tags.
    Tagged(Box<[(Arc<str>, Arc<str>)]>),
    /// Every instance.
    Everyone,
}

/// The instances that have the values on the way here.
#[derive(Debug, Default)]
struct Node {
    count: usize,
    next: HashMap<Arc<str>, usize>,
    /// On the last level.
    group: Option<usize>,
}

/// Which tag left nothing, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Emptied(pub(super) usize);

impl Groups {
    pub(super) fn new(set: &Snapshot, tags: &[Tag], on_no_match: OnNoMatch) -> Self {
        let mut tree = Self { nodes: vec![Node::default()], all: Vec::new(), fallback: None };
        let mut members: Vec<Vec<Arc<Instance>>> = Vec::new();
        for instance in set.iter() {
            if let Some(leaf) = tree.insert(instance, tags) {
                let group = *tree.nodes[leaf].group.get_or_insert(members.len());
                if group == members.len() {
                    members.push(Vec::new());
                }
                members[group].push(instance.clone());
            }
        }
        let name =
            |group: &[Arc<Instance>]| group.first().map_or(Name::Everyone, |first| Name::of(first, tags));
        tree.all = members.into_iter().map(|group| (name(&group), set.part(group))).collect();
        // Where all values are fixed, each call ends in one and the same group.
        if tree.all.is_empty() || tags.iter().any(|tag| matches!(tag.wanted, Wanted::Header(_))) {
            tree.fallback = tree.add_fallback(set, tags, on_no_match);
        }
        tree
    }

    /// Counts the instance in, as far as it goes; where it has all fixed values, the node in which it ends.
    fn insert(&mut self, instance: &Instance, tags: &[Tag]) -> Option<usize> {
        let mut place = 0;
        self.nodes[0].count += 1;
        for tag in tags {
            let value = value(instance, &tag.key);
            if matches!(&tag.wanted, Wanted::Fixed(wanted) if *wanted != value) {
                return None;
            }
            let new = self.nodes.len();
            place = *self.nodes[place].next.entry(value).or_insert(new);
            if place == new {
                self.nodes.push(Node::default());
            }
            self.nodes[place].count += 1;
        }
        Some(place)
    }

    fn add_fallback(&mut self, set: &Snapshot, tags: &[Tag], on_no_match: OnNoMatch) -> Option<usize> {
        let untagged = |instance: &Instance| tags.iter().all(|tag| value(instance, &tag.key).is_empty());
        let (name, members) = match on_no_match {
            OnNoMatch::Fail => return None,
            OnNoMatch::All => (Name::Everyone, set.clone()),
            OnNoMatch::Untagged => {
                let first = set.iter().find(|i| untagged(i))?;
                (Name::of(first, tags), set.filter(untagged))
            }
        };
        let known = self.all.iter().position(|(other, _)| *other == name);
        Some(known.unwrap_or_else(|| {
            self.all.push((name, members));
            self.all.len() - 1
        }))
    }

    /// All groups, the one for calls that nothing matches among them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(Name, Snapshot)> {
        self.all.iter()
    }

    /// Where a call goes that nothing matches.
    pub(super) fn fallback(&self) -> Option<usize> {
        self.fallback
    }

    /// The group that the call asks for. A hash and a comparison for each tag; nothing is copied.
    pub(super) fn find(&self, tags: &[Tag], call: &CallInfo<'_>) -> Result<usize, Emptied> {
        let mut place = 0;
        for (n, tag) in tags.iter().enumerate() {
            place = tag.wanted.of(call, |value| self.step(place, value)).ok_or(Emptied(n))?;
        }
        self.nodes[place].group.ok_or(Emptied(tags.len().saturating_sub(1)))
    }

    fn step(&self, place: usize, value: &[u8]) -> Option<usize> {
        // Tags are text, so nobody has a value that is none.
        self.nodes[place].next.get(std::str::from_utf8(value).ok()?).copied()
    }

    /// How many instances are left after each tag, from before the first on.
    pub(super) fn counts<'a>(
        &'a self,
        tags: &'a [Tag],
        call: &'a CallInfo<'_>,
    ) -> impl Iterator<Item = usize> + 'a {
        let step = |place: &mut usize, tag: &Tag| {
            *place = tag.wanted.of(call, |value| self.step(*place, value))?;
            Some(self.nodes[*place].count)
        };
        std::iter::once(self.nodes[0].count).chain(tags.iter().scan(0, step))
    }
}

impl Name {
    fn of(instance: &Instance, tags: &[Tag]) -> Self {
        Self::Tagged(tags.iter().map(|tag| (tag.key.clone(), value(instance, &tag.key))).collect())
    }
}

/// The value of an instance's tag. No tag and an empty one are the same (kitex-contrib's loadbalance-tagging).
fn value(instance: &Instance, key: &str) -> Arc<str> {
    instance.tags().get(key).cloned().unwrap_or_default()
}
