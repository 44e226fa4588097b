use super::*;
use proptest::prelude::*;

/// Each member's turns, less its exact share, in parts of the sum of the weights; it must stay within a turn either way.
struct Ledger {
    weights: Vec<i128>,
    sum: i128,
    lag: Vec<i128>,
}

impl Ledger {
    fn new(weights: &[u64], order: &Deadlines) -> Self {
        let weights: Vec<i128> = weights.iter().map(|weight| i128::from(*weight)).collect();
        let (sum, now) = (weights.iter().sum(), i128::from(order.now));
        let lag = order.had.iter().zip(&weights).map(|(had, w)| i128::from(*had) * sum - now * w).collect();
        Self { weights, sum, lag }
    }

    fn take(&mut self, place: u32) {
        self.lag.iter_mut().zip(&self.weights).for_each(|(lag, weight)| *lag -= weight);
        self.lag[place as usize] += self.sum;
    }

    fn holds(&self) -> bool {
        self.lag.iter().all(|lag| lag.abs() < self.sum)
    }
}

fn weight() -> impl Strategy<Value = u64> {
    prop_oneof![Just(1), 1..10u64, 1..2_000u64, 1..=u64::from(u32::MAX), Just(u64::from(u32::MAX))]
}

fn counts(order: &mut Deadlines, slots: u64) -> Vec<u64> {
    let mut counts = vec![0; order.len()];
    (0..slots).for_each(|_| counts[order.next() as usize] += 1);
    counts
}

#[test]
fn the_turn_goes_to_whoever_is_due_first() {
    let mut order = Deadlines::after(Box::new([5, 1, 1]), 0);
    let picks: Vec<u32> = (0..14).map(|_| order.next()).collect();
    // Windows of the first: 0-2, 1-3, 2-5, 4-6, 5-7; those of the others: 0-7.
    assert_eq!(picks, [0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 1, 0, 0, 2]);
}

/// F05: the period of 100,000 weights of up to 2^32-1 is near 2^49; a jump into it is as good as any other.
#[test]
fn a_hundred_thousand_of_the_greatest_weights_keep_their_windows() {
    let weights: Box<[u64]> = (0..100_000u64).map(|n| u64::from(u32::MAX) - n % 3).collect();
    let mut order = Deadlines::within(weights.clone(), u64::MAX / 3);
    let mut ledger = Ledger::new(&weights, &order);
    assert!(ledger.holds());
    for _ in 0..2_000 {
        ledger.take(order.next());
    }
    assert!(ledger.holds());
}

#[test]
fn a_copy_goes_on_as_its_original() {
    let weights: Box<[u64]> = Box::new([9_001, 17, 1, 4_999]);
    let (mut one, mut other) = (Deadlines::after(weights.clone(), 500), Deadlines::after(weights, 0).like());
    other.copy_from(&one);
    for _ in 0..30_000 {
        assert_eq!(one.next(), other.next());
    }
}

proptest! {
    /// F07: from any slot on, at every slot.
    #[test]
    fn nobody_is_ever_a_turn_ahead_or_behind(
        weights in prop::collection::vec(weight(), 1..40), from in prop_oneof![Just(0u64), any::<u64>()],
    ) {
        let mut order = Deadlines::within(weights.clone().into(), from);
        let mut ledger = Ledger::new(&weights, &order);
        prop_assert!(ledger.holds());
        for slot in 0..3_000 {
            ledger.take(order.next());
            prop_assert!(ledger.holds(), "{} {:?}", slot, ledger.lag);
        }
    }

    /// F07: over the end of a period too, where it begins anew.
    #[test]
    fn counts_over_a_whole_period_are_the_weights(
        weights in prop::collection::vec(1..600u64, 1..20), skip in 0..3_000u64, jump: bool,
    ) {
        let period = weights.iter().sum();
        let make = if jump { Deadlines::within } else { Deadlines::after };
        let mut order = make(weights.clone().into(), 0);
        prop_assert_eq!(counts(&mut order, period), &weights[..]);
        prop_assert_eq!(counts(&mut order, period), &weights[..]);
        let mut order = Deadlines::after(weights.clone().into(), skip);
        prop_assert_eq!(counts(&mut order, period), &weights[..]);
        let (mut order, mut other) = (make(weights.clone().into(), 0), make(weights.clone().into(), 0));
        counts(&mut other, period);
        prop_assert!((0..period).all(|_| order.next() == other.next()));
    }

    #[test]
    fn a_far_start_is_reached_by_as_many_steps(weights in prop::collection::vec(1..600u64, 1..9), start in 0..5_000u64) {
        let mut walked = Deadlines::after(weights.clone().into(), 0);
        counts(&mut walked, start % weights.iter().sum::<u64>());
        let mut begun = Deadlines::after(weights.into(), start);
        prop_assert!((0..100).all(|_| walked.next() == begun.next()));
    }

    /// A jump into the middle leaves everybody its exact count to the end of the period.
    #[test]
    fn a_jump_goes_on_to_exact_counts(weights in prop::collection::vec(1..600u64, 1..20), slot: u64) {
        let period: u64 = weights.iter().sum();
        let mut order = Deadlines::within(weights.clone().into(), slot);
        let had = order.had.clone();
        prop_assert_eq!(had.iter().sum::<u64>(), slot % period);
        let rest = counts(&mut order, period - slot % period);
        let all: Vec<u64> = had.iter().zip(rest).map(|(had, rest)| had + rest).collect();
        prop_assert_eq!(all, weights);
    }
}
