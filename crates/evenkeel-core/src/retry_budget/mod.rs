mod invalid;
mod slot;
mod sync;
#[cfg(test)]
mod tests;

pub use invalid::InvalidBudget;
use slot::Slot;
use std::time::Instant;
use sync::{AtomicI64, AtomicU32, Ordering};

/// How many seconds a deposit stays good, and a retry counts (Finagle's and tower's default).
const WINDOW: u32 = 10;
/// One retry, in the units that are counted.
const TOKEN: i32 = 1000;
/// The most free retries in a second. A second's deposits then fit its counter.
pub(super) const MOST_PER_SECOND: u32 = 1_000_000;

/// A limit to retries over many calls: a share of the calls, and a few a second, counted over the last 10 s.
///
/// Where a whole service fails, retries would multiply its load just then. With the default of 20 % and 10 a second, which is
/// Finagle's and tower's, attempts stay below 1.2 x calls + 10/s, whatever happens. Each call puts 0.2 in, each second 10, each
/// retry takes 1 out; after 10 s each of them is forgotten. A new budget therefore has 10, one that was left alone 100.
///
/// Time is handed in; one that goes back counts as the latest. No lock: two threads that want the last token do not both get it.
#[derive(Debug)]
pub struct RetryBudget {
    origin: Instant,
    /// What a call puts in, in 1/1000ths of a retry.
    deposit: i32,
    /// What a second puts in.
    reserve: i32,
    slots: [Slot; WINDOW as usize],
    /// The sum of the slots, apart from changes under way. Whoever draws a token draws it here.
    balance: AtomicI64,
    /// The second that the slots were last turned to.
    turned: AtomicU32,
}

impl RetryBudget {
    /// 20 % of the calls and 10 a second, from `now` on.
    pub fn new(now: Instant) -> Self {
        Self::counting(now, TOKEN / 5, 10 * TOKEN)
    }

    /// `ratio` of the calls (0.2 are 20 %; in steps of 0.1 %) and `per_second` more, from `now` on.
    ///
    /// # Errors
    /// A ratio that is not in 0 to 1, or more than a million a second.
    pub fn of(ratio: f64, per_second: u32, now: Instant) -> Result<Self, InvalidBudget> {
        if !(0.0..=1.0).contains(&ratio) {
            return Err(InvalidBudget::Ratio(ratio));
        }
        let reserve = i32::try_from(per_second).ok().filter(|_| per_second <= MOST_PER_SECOND);
        let reserve = reserve.ok_or(InvalidBudget::PerSecond(per_second))?;
        #[expect(clippy::cast_possible_truncation, reason = "0 to 1000")]
        let deposit = (ratio * f64::from(TOKEN)).round() as i32;
        Ok(Self::counting(now, deposit, reserve * TOKEN))
    }

    fn counting(origin: Instant, deposit: i32, reserve: i32) -> Self {
        // The first second is number WINDOW, so that the window before it needs no numbers below 0.
        let slots = std::array::from_fn(|place| match u32::try_from(place) {
            Ok(0) | Err(_) => Slot::new(WINDOW, reserve),
            Ok(number) => Slot::new(number, 0),
        });
        let (balance, turned) = (AtomicI64::new(i64::from(reserve)), AtomicU32::new(WINDOW));
        Self { origin, deposit, reserve, slots, balance, turned }
    }

    /// A call begins: it puts in its share.
    pub fn deposit(&self, now: Instant) {
        let second = self.turn(now);
        let added = self.slot(second).add(self.deposit);
        self.balance.fetch_add(i64::from(added), Ordering::AcqRel);
    }

    /// Takes out one retry, if there is one.
    #[must_use]
    pub fn withdraw(&self, now: Instant) -> bool {
        let second = self.turn(now);
        let token = i64::from(TOKEN);
        let drawn = self.balance.fetch_update(Ordering::AcqRel, Ordering::Acquire, |balance| {
            (balance >= token).then(|| balance - token)
        });
        if drawn.is_ok() {
            self.slot(second).add(-TOKEN);
        }
        drawn.is_ok()
    }

    /// How many retries could be taken out now.
    pub fn available(&self, now: Instant) -> u64 {
        self.turn(now);
        u64::try_from(self.balance.load(Ordering::Acquire) / i64::from(TOKEN)).unwrap_or(0)
    }

    /// Forgets what is older than the window. Threads may do this at once: each slot is turned by one of them. Until all are,
    /// the balance may still have old deposits in it, which nobody else used; whoever draws one has it taken off afterwards.
    fn turn(&self, now: Instant) -> u32 {
        let second = self.second(now);
        let turned = self.turned.load(Ordering::Acquire);
        if turned >= second {
            return turned;
        }
        for number in second - (WINDOW - 1)..=second {
            let change = self.slot(number).turn(number, self.reserve);
            if change != 0 {
                self.balance.fetch_add(change, Ordering::AcqRel);
            }
        }
        self.turned.fetch_max(second, Ordering::AcqRel);
        second
    }

    fn second(&self, now: Instant) -> u32 {
        let since = now.saturating_duration_since(self.origin).as_secs();
        u32::try_from(since).unwrap_or(u32::MAX).saturating_add(WINDOW)
    }

    fn slot(&self, second: u32) -> &Slot {
        &self.slots[(second % WINDOW) as usize]
    }
}
