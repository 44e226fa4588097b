use super::sync::{AtomicU64, Ordering};

/// One second of a window: which second it holds, and what was put in less what was drawn in it. Both in one word, so that a
/// second is replaced by a later one exactly once.
#[derive(Debug)]
pub(super) struct Slot(AtomicU64);

#[derive(Debug, Clone, Copy)]
struct Second {
    number: u32,
    net: i32,
}

impl Second {
    fn unpack(word: u64) -> Self {
        let [number, net] =
            [word >> 32, word & u64::from(u32::MAX)].map(|half| u32::try_from(half).unwrap_or(0));
        Self { number, net: net.cast_signed() }
    }

    fn pack(self) -> u64 {
        u64::from(self.number) << 32 | u64::from(self.net.cast_unsigned())
    }
}

impl Slot {
    pub(super) fn new(number: u32, net: i32) -> Self {
        Self(AtomicU64::new(Second { number, net }.pack()))
    }

    /// Adds to whatever second the slot holds. Answers how much of it was added: a slot that is full takes no more.
    pub(super) fn add(&self, amount: i32) -> i32 {
        let (_, old, new) = self.change(|old| Some(Second { net: old.net.saturating_add(amount), ..old }));
        new.net.saturating_sub(old.net)
    }

    /// Puts this second in the place of an earlier one. Answers by how much that changes the sum of the window; 0 where
    /// somebody else has done it.
    pub(super) fn turn(&self, number: u32, net: i32) -> i64 {
        let (turned, old, new) = self.change(|old| (old.number < number).then_some(Second { number, net }));
        if turned { i64::from(new.net) - i64::from(old.net) } else { 0 }
    }

    fn change(&self, to: impl Fn(Second) -> Option<Second>) -> (bool, Second, Second) {
        let mut word = self.0.load(Ordering::Acquire);
        loop {
            let old = Second::unpack(word);
            let Some(new) = to(old) else { return (false, old, old) };
            match self.0.compare_exchange_weak(word, new.pack(), Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return (true, old, new),
                Err(seen) => word = seen,
            }
        }
    }
}
