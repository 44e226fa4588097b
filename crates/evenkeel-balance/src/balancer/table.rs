use evenkeel_core::{Address, EndpointId, Instance, Roster, Snapshot};
use std::{collections::HashMap, sync::Arc};

/// Which instances the endpoints of a picker stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    places: Vec<Option<(u32, Members)>>,
    instances: usize,
}

/// The instances behind one endpoint.
#[derive(Debug, Clone)]
enum Members {
    One(Arc<Instance>),
    /// A policy joined them into one endpoint, as `pick_first` does: they have their attempts in order.
    Joined(Box<[Arc<Instance>]>),
}

/// Which instance of which endpoint an attempt is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) id: EndpointId,
    pub(crate) nth: usize,
    /// Whether the endpoint has no further instance.
    pub(crate) is_last: bool,
}

impl Table {
    pub(super) fn new(roster: &Roster, set: &Snapshot) -> Self {
        let (mut places, mut instances) = (Vec::new(), 0);
        for (id, instance) in roster.endpoints() {
            let place = id.index as usize;
            if places.len() <= place {
                places.resize(place + 1, None);
            }
            let members = Members::of(instance, set);
            instances += members.all().len();
            places[place] = Some((id.generation, members));
        }
        Self { places, instances }
    }

    /// The instance for the next attempt at `id`, given the endpoint and place of the attempt before.
    pub(super) fn next(
        &self,
        id: EndpointId,
        before: Option<(EndpointId, usize)>,
    ) -> Option<(Turn, &Arc<Instance>)> {
        let (generation, members) = self.places.get(id.index as usize)?.as_ref()?;
        if *generation != id.generation {
            return None;
        }
        let all = members.all();
        let nth = before.filter(|(same, _)| *same == id).map_or(0, |(_, nth)| nth + 1);
        // The list may have become shorter since: then it is through.
        let nth = nth.min(all.len().checked_sub(1)?);
        Some((Turn { id, nth, is_last: nth + 1 == all.len() }, &all[nth]))
    }
}

impl Table {
    /// How many instances there are.
    pub(super) fn instances(&self) -> usize {
        self.instances
    }
}

impl Members {
    fn of(instance: &Arc<Instance>, set: &Snapshot) -> Self {
        if !instance.key().is_slot() {
            return Self::One(instance.clone());
        }
        let owners: HashMap<&Address, &Arc<Instance>> =
            set.iter().flat_map(|i| i.addresses().iter().map(move |address| (address, i))).collect();
        let mut all: Vec<Arc<Instance>> = Vec::new();
        for owner in instance.addresses().iter().filter_map(|address| owners.get(address)) {
            if !all.iter().any(|known| Arc::ptr_eq(known, owner)) {
                all.push((*owner).clone());
            }
        }
        Self::Joined(all.into())
    }

    fn all(&self) -> &[Arc<Instance>] {
        match self {
            Self::One(instance) => std::slice::from_ref(instance),
            Self::Joined(all) => all,
        }
    }
}
