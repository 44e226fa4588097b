use crate::{Alias, CallInfo, Distinct, Endpoint, EndpointId, MAX_DRAWN, untried_weighted};
use std::sync::Arc;

/// An endpoint that a pick can draw.
pub(in crate::policies) trait Member {
    /// Its name.
    fn id(&self) -> EndpointId;
    /// Its effective weight, never 0.
    fn weight(&self) -> u64;
}

/// The table that draws by weight, kept from one update to the next: it depends on the weights alone.
#[derive(Debug, Default)]
pub(in crate::policies) struct Shares {
    weights: Vec<u64>,
    table: Option<Arc<Alias>>,
}

impl Shares {
    /// The table for these endpoints; a new one only if their weights are not those of the last call.
    pub(in crate::policies) fn of(&mut self, ready: &[Endpoint]) -> Arc<Alias> {
        let same = self.weights.iter().eq(ready.iter().map(|endpoint| &endpoint.weight));
        match &self.table {
            Some(table) if same => table.clone(),
            _ => {
                self.weights = ready.iter().map(|endpoint| endpoint.weight).collect();
                self.table.insert(Arc::new(Alias::new(&self.weights))).clone()
            }
        }
    }
}

/// The READY endpoints of a picker, of which each pick compares a few, drawn by weight.
#[derive(Debug)]
pub(in crate::policies) struct Candidates<M> {
    /// Never empty: `State::over` builds over at least one READY endpoint.
    members: Box<[M]>,
    shares: Arc<Alias>,
    choices: usize,
}

impl<M: Member> Candidates<M> {
    /// These endpoints, of which a pick compares `choices`; `shares` is the table over their weights.
    pub(in crate::policies) fn new(
        members: impl IntoIterator<Item = M>,
        shares: Arc<Alias>,
        choices: usize,
    ) -> Self {
        Self { members: members.into_iter().collect(), shares, choices }
    }

    /// The distinct members that this pick is to compare, in the order drawn: the first one is a plain weighted draw.
    ///
    /// A retry compares those that it has not tried: the first draw, or in its place one by weight among all that are left, and
    /// as many of the other draws as are left. Where all were tried, the draws as they are.
    #[inline]
    pub(in crate::policies) fn draw(&self, call: &CallInfo<'_>) -> Drawn<'_, M> {
        let draw = |random| self.shares.draw(random);
        let places = Distinct::draw(call.random(), self.members.len(), self.choices, draw);
        let mut drawn = Drawn { all: [&self.members[0]; MAX_DRAWN], len: 0 };
        if call.is_first() {
            drawn.extend(places.places().map(|place| &self.members[place]));
            return drawn;
        }
        let mut members = places.places().map(|place| &self.members[place]);
        let fresh = |member: &&M| call.is_fresh(member.id());
        let Some(first) = members.next().filter(fresh).or_else(|| self.left(call)) else {
            drawn.extend(places.places().map(|place| &self.members[place]));
            return drawn;
        };
        drawn.extend([first]);
        drawn.extend(members.filter(|member| fresh(member) && member.id() != first.id()));
        drawn
    }

    /// One of those that the call has not tried, by weight.
    fn left(&self, call: &CallInfo<'_>) -> Option<&M> {
        let entry = |place: usize| (self.members[place].id(), self.members[place].weight());
        let id = untried_weighted(call, self.members.len(), entry)?;
        self.members.iter().find(|member| member.id() == id)
    }
}

/// A few members, never none.
#[derive(Debug)]
pub(in crate::policies) struct Drawn<'a, M> {
    all: [&'a M; MAX_DRAWN],
    len: usize,
}

impl<'a, M> Drawn<'a, M> {
    fn extend(&mut self, members: impl IntoIterator<Item = &'a M>) {
        for (place, member) in self.all[self.len..].iter_mut().zip(members) {
            *place = member;
            self.len += 1;
        }
    }

    /// The one drawn first.
    #[inline]
    pub(in crate::policies) fn first(&self) -> &'a M {
        self.all[0]
    }

    /// How many there are.
    #[inline]
    pub(in crate::policies) fn len(&self) -> usize {
        self.len
    }

    /// The members, in the order drawn.
    #[inline]
    pub(in crate::policies) fn iter(&self) -> impl Iterator<Item = &'a M> + '_ {
        self.all[..self.len].iter().copied()
    }

    /// The best one; of equals, the one drawn first. `better` says whether its first argument beats the second.
    #[inline]
    pub(in crate::policies) fn best(&self, better: impl Fn(&M, &M) -> bool) -> &'a M {
        self.iter().fold(self.all[0], |best, member| if better(member, best) { member } else { best })
    }
}
