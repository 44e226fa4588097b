use super::member::{Member, State};
use evenkeel_core::Instance;
use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

/// The endpoints of a service, each once.
#[derive(Debug, Default)]
pub(super) struct Members {
    all: Vec<Member>,
    /// Where in the list the one with an object is.
    by_uid: HashMap<String, usize>,
}

impl Extend<Member> for Members {
    /// Adds some, or what another slice says of those that are there.
    fn extend<I: IntoIterator<Item = Member>>(&mut self, members: I) {
        for member in members {
            let place =
                member.uid.as_ref().map(|uid| *self.by_uid.entry(uid.clone()).or_insert(self.all.len()));
            match place.and_then(|place| self.all.get_mut(place)) {
                Some(same) => same.join(member),
                None => self.all.push(member),
            }
        }
    }
}

impl Members {
    /// One instance of each. An address belongs to the best that has it.
    pub(super) fn instances(mut self) -> Vec<Instance> {
        let is_any_ready = self.all.iter().any(|member| member.state == State::Ready);
        self.all.sort_by_key(|member| Reverse(member.state));
        let mut taken = HashSet::new();
        let mut instances = Vec::with_capacity(self.all.len());
        for mut member in self.all {
            member.addresses.retain(|address| taken.insert(address.clone()));
            if !member.addresses.is_empty() {
                let weight = u32::from(member.state == State::Ready || !is_any_ready);
                instances.push(Instance::new(member.addresses).with_weight(weight).with_tags(member.tags));
            }
        }
        instances
    }
}
