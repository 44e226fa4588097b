use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

/// A smooth order of any weights, by earliest deadline: the windows of proportionate fairness (Baruah, Cohen, Plaxton and Varvel
/// 1996) on one processor.
///
/// With W the sum of the weights, the k-th turn of a member of weight w may come from slot floor((k-1) W / w) on, and must have
/// come before slot ceil(k W / w). Each slot goes to the due-first of those who may; the first in the list among equals. That
/// keeps all windows (Liu and Layland 1973, for turns of one slot), so at every time a member has had less than one turn more or
/// less than its exact share. After W slots everybody has had its weight's turns, and it begins anew.
#[derive(Debug)]
pub(super) struct Deadlines {
    shares: Arc<Shares>,
    /// The slot, within the period.
    now: u64,
    /// The turns that each member has had in this period.
    had: Box<[u64]>,
    /// Who may have its next turn now, by when it is due.
    may: BinaryHeap<Reverse<(u64, u32)>>,
    /// Who must wait, by until when.
    waits: BinaryHeap<Reverse<(u64, u32)>>,
}

/// The members' weights, in their lowest terms, and their sum.
#[derive(Debug)]
struct Shares {
    weights: Box<[u64]>,
    period: u64,
}

/// The most slots that are gone through one by one to begin at a certain one: 0.2 s at the 0.17 us that one took with 1,000 members.
const MOST_SKIPPED: u64 = 1 << 20;

impl Deadlines {
    /// The order after so many slots. After more than 2^20 of them it is [`within`](Self::within), which takes no longer for more.
    pub(super) fn after(weights: Box<[u64]>, slots: u64) -> Self {
        let shares = Shares::of(weights);
        let slots = slots % shares.period;
        if slots > MOST_SKIPPED {
            return Self::at(shares, slots);
        }
        let mut order = Self::at(shares, 0);
        (0..slots).for_each(|_| {
            order.next();
        });
        order
    }

    /// An order from that slot of a period on. Shares hold as if it had run from slot 0, though it may have come there otherwise.
    pub(super) fn within(weights: Box<[u64]>, slot: u64) -> Self {
        let shares = Shares::of(weights);
        let slot = slot % shares.period;
        Self::at(shares, slot)
    }

    fn at(shares: Arc<Shares>, slot: u64) -> Self {
        let had = shares.had_by(slot);
        let mut order = Self::empty(shares, had);
        order.begin(slot);
        order
    }

    fn empty(shares: Arc<Shares>, had: Box<[u64]>) -> Self {
        let room = || BinaryHeap::with_capacity(had.len());
        Self { shares, now: 0, may: room(), waits: room(), had }
    }

    /// Another one with room for the same members.
    pub(super) fn like(&self) -> Self {
        Self::empty(self.shares.clone(), self.had.clone())
    }

    /// Becomes the same as another one over the same members, in its own memory.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.shares.clone_from(&other.shares);
        self.now = other.now;
        self.had.clone_from(&other.had);
        self.may.clone_from(&other.may);
        self.waits.clone_from(&other.waits);
    }

    /// How many members there are.
    pub(super) fn len(&self) -> usize {
        self.had.len()
    }

    /// Whose turn the next slot is, by place in the list.
    pub(super) fn next(&mut self) -> u32 {
        if self.now == self.shares.period {
            self.had.fill(0);
            self.begin(0);
        }
        while let Some(&Reverse((from, place))) = self.waits.peek()
            && from <= self.now
        {
            self.waits.pop();
            self.may.push(Reverse((self.shares.due(place, self.had[place as usize]), place)));
        }
        // There is always one: the windows of all turns together leave no slot free.
        let Some(Reverse((_, place))) = self.may.pop() else { return 0 };
        self.now += 1;
        self.had[place as usize] += 1;
        self.queue(place);
        place
    }

    /// From that slot on, with the turns had as they are.
    fn begin(&mut self, slot: u64) {
        self.now = slot;
        self.may.clear();
        self.waits.clear();
        (0..u32::try_from(self.had.len()).unwrap_or(u32::MAX)).for_each(|place| self.queue(place));
    }

    /// Queues the next turn of a member, if it has one in this period.
    fn queue(&mut self, place: u32) {
        let had = self.had[place as usize];
        if had < self.shares.weights[place as usize] {
            self.waits.push(Reverse((self.shares.from(place, had), place)));
        }
    }
}

impl Shares {
    fn of(weights: Box<[u64]>) -> Arc<Self> {
        let period = weights.iter().fold(0u64, |sum, weight| sum.saturating_add(*weight)).max(1);
        Arc::new(Self { weights, period })
    }

    /// From which slot on a member that had so many turns may have the next.
    fn from(&self, place: u32, had: u64) -> u64 {
        ratio(had, self.period, self.weights[place as usize]).0
    }

    /// Before which slot it must have had it.
    fn due(&self, place: u32, had: u64) -> u64 {
        let (slot, rest) = ratio(had + 1, self.period, self.weights[place as usize]);
        slot + u64::from(rest)
    }

    /// The turns that each may have had by that slot, so that all windows can be kept from there on: everybody's exact share
    /// rounded down, and one more for those whose next turn is due first, as many as slots are left over. (Whoever is due by a
    /// later slot d has then at most its share of the slots up to d left, so all of them together fit.)
    fn had_by(&self, slot: u64) -> Box<[u64]> {
        let mut ahead: Vec<(u64, u32)> = Vec::new();
        let mut left = slot;
        let mut had: Box<[u64]> = (0u32..)
            .zip(&self.weights)
            .map(|(place, weight)| {
                let (whole, rest) = ratio(slot, *weight, self.period);
                left = left.saturating_sub(whole);
                if rest {
                    ahead.push((self.due(place, whole), place));
                }
                whole
            })
            .collect();
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        if left < ahead.len() {
            ahead.select_nth_unstable(left);
        }
        ahead.iter().take(left).for_each(|(_, place)| had[*place as usize] += 1);
        had
    }
}

/// `a * b / c`, rounded down, and whether that left a rest.
fn ratio(a: u64, b: u64, c: u64) -> (u64, bool) {
    let (product, c) = (u128::from(a) * u128::from(b), u128::from(c.max(1)));
    (u64::try_from(product / c).unwrap_or(u64::MAX), product % c != 0)
}

#[cfg(all(test, not(loom)))]
mod tests;
