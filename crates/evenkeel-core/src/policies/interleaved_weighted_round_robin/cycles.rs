/// Who has which turn of a cycle, as a function of the turn's number: O(members) of memory whatever the weights, O(log n) a turn.
///
/// It is what Kitex's queue does (`pkg/loadbalance/interleaved_weighted_round_robin.go`): take the front, put it back while it has
/// turns left, else at the end of the next cycle's queue. So round r of a cycle holds whoever has a weight of at least r, in the
/// order of the cycle's queue, and they leave for the next queue from the lightest to the heaviest.
#[derive(Debug)]
pub(super) struct Cycles {
    /// By place in the set.
    weights: Box<[u64]>,
    /// The places from the lightest to the heaviest, equal ones in the order of the set: the queue of the later cycles.
    lightest_first: Box<[u32]>,
    stretches: Box<[Stretch]>,
    period: u64,
}

/// Successive rounds with the same members: those between one weight and the next.
#[derive(Debug)]
struct Stretch {
    /// The first turn, counted from the start of the cycle.
    begins: u64,
    /// The weight that its members have at least.
    weight: u64,
    /// How many of the lightest are out.
    out: usize,
}

impl Cycles {
    /// The cycles of these weights, which should be in their lowest terms. At least one.
    pub(super) fn new(weights: Box<[u64]>) -> Self {
        let mut lightest_first: Box<[u32]> = (0..u32::try_from(weights.len()).unwrap_or(u32::MAX)).collect();
        lightest_first.sort_by_key(|place| weights[*place as usize]);
        let (mut stretches, mut begins, mut before): (Vec<Stretch>, u64, u64) = (Vec::new(), 0, 0);
        for (out, place) in lightest_first.iter().enumerate() {
            let weight = weights[*place as usize];
            if weight > before {
                stretches.push(Stretch { begins, weight, out });
                let turns = (weight - before).saturating_mul((weights.len() - out) as u64);
                (begins, before) = (begins.saturating_add(turns), weight);
            }
        }
        Self { weights, lightest_first, stretches: stretches.into(), period: begins.max(1) }
    }

    /// How many turns a cycle has: the sum of the weights.
    pub(super) fn period(&self) -> u64 {
        self.period
    }

    /// The place in the set of whoever has this turn of every cycle but the first. `turn` is below the period.
    #[inline]
    pub(super) fn later(&self, turn: u64) -> usize {
        let (stretch, nth) = self.find(turn);
        self.lightest_first[stretch.out + nth] as usize
    }

    /// The same for the first cycle, whose queue is the set itself. It looks at the members one by one.
    pub(super) fn first(&self, turn: u64) -> usize {
        let (stretch, nth) = self.find(turn);
        let alive = (0..self.weights.len()).filter(|place| self.weights[*place] >= stretch.weight);
        alive.into_iter().nth(nth).unwrap_or(0)
    }

    /// The stretch of this turn, and which of its members has it.
    #[inline]
    fn find(&self, turn: u64) -> (&Stretch, usize) {
        let stretch = &self.stretches[self.stretches.partition_point(|stretch| stretch.begins <= turn) - 1];
        let alive = (self.weights.len() - stretch.out) as u64;
        (stretch, usize::try_from((turn - stretch.begins) % alive).unwrap_or(0))
    }
}
