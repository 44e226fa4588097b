mod config;
mod groups;
mod no_match;

pub use config::{OnNoMatch, Tag, TaggingConfig, Wanted};

use crate::{
    BadUpdate, CallInfo, Child, Choice, Connectivity, Endpoints, Memo, Pick, Picker, Policy, Snapshot, State,
};
use groups::{Groups, Name};
use std::{collections::HashMap, sync::Arc};

/// `tagging`: each call goes to the group of instances whose tags have the values that it wants; a policy of its own picks in each
/// group.
///
/// An instance without a tag is in one group with those that have it empty, and a call without the header asks for them. Retries
/// stay in the group.
#[derive(Debug, Default)]
pub struct Tagging {
    groups: Memo<(Arc<[Tag]>, OnNoMatch), Arc<Groups>>,
    children: HashMap<Name, Group>,
}

/// A group's own policy, and the set that it runs on.
#[derive(Debug)]
struct Group {
    latest: Snapshot,
    kept: Snapshot,
    child: Child,
}

impl Policy for Tagging {
    type Config = TaggingConfig;

    fn update(
        &mut self,
        instances: &Snapshot,
        config: &TaggingConfig,
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        let key = (config.tags.clone(), config.on_no_match);
        let groups = self
            .groups
            .get(instances, key, |set, (tags, on_no_match)| Arc::new(Groups::new(set, tags, *on_no_match)));
        let groups = groups.clone();
        let mut old = std::mem::take(&mut self.children);
        let mut states = Vec::new();
        for (name, members) in groups.iter() {
            let (name, mut group) =
                old.remove_entry(name).unwrap_or_else(|| (name.clone(), Group::new(members)));
            states.push(group.update(members, &config.child, endpoints));
            self.children.insert(name, group);
        }
        let connectivity = Connectivity::aggregate(states.iter().map(|state| state.connectivity));
        let pickers = states.into_iter().map(|state| state.picker).collect();
        Ok(State {
            connectivity: connectivity.unwrap_or(Connectivity::TransientFailure),
            picker: Arc::new(Router { tags: config.tags.clone(), groups, pickers }),
        })
    }
}

impl Group {
    fn new(members: &Snapshot) -> Self {
        Self { latest: members.clone(), kept: members.clone(), child: Child::default() }
    }

    /// Where nobody joined, left or changed, the child is given its very set again, so that it keeps what it made of it.
    fn update(&mut self, members: &Snapshot, choice: &Choice, endpoints: &mut dyn Endpoints) -> State {
        if !self.latest.same(members) {
            self.latest = members.clone();
            if self.kept != *members {
                self.kept = members.clone();
            }
        }
        self.child.update(&self.kept, choice, endpoints)
    }
}

/// Finds a call's group, and asks its picker.
#[derive(Debug)]
struct Router {
    tags: Arc<[Tag]>,
    groups: Arc<Groups>,
    /// One for each group.
    pickers: Box<[Arc<dyn Picker>]>,
}

impl Picker for Router {
    #[inline]
    fn pick(&self, call: &CallInfo<'_>) -> Pick {
        let found = self.groups.find(&self.tags, call);
        match found.or_else(|emptied| self.groups.fallback().ok_or(emptied)) {
            Ok(group) => self.pickers[group].pick(call),
            Err(emptied) => Pick::Fail(Arc::new(self.no_match(call, emptied))),
        }
    }
}

#[cfg(test)]
mod tests;
