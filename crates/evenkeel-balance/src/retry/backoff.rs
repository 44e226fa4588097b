use std::time::Duration;

/// The pause before a retry: drawn evenly from 0 to a bound that doubles with each retry ("full jitter", Brooker, AWS
/// Architecture Blog 2015), so that callers who failed together do not come back together.
///
/// The default is Envoy's: 25 ms at first, 250 ms at most, and none after an attempt that never reached a server, since the next
/// one goes to another instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    base: Duration,
    cap: Duration,
    spares_unsent: bool,
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new(Duration::from_millis(25), Duration::from_millis(250)).sparing_unsent()
    }
}

impl Backoff {
    /// A pause before every retry: below `base` before the first one, below twice that before the second, never above `cap`.
    pub fn new(base: Duration, cap: Duration) -> Self {
        Self { base, cap, spares_unsent: false }
    }

    /// The same without a pause after an attempt that never reached a server.
    #[must_use]
    pub fn sparing_unsent(self) -> Self {
        Self { spares_unsent: true, ..self }
    }

    /// Whether there is no pause after an attempt that never reached a server.
    pub fn spares_unsent(&self) -> bool {
        self.spares_unsent
    }

    /// The longest pause before retry number `retry`, counted from 1.
    pub fn bound(&self, retry: u32) -> Duration {
        let factor = 1_u32.checked_shl(retry.saturating_sub(1)).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.cap)
    }

    /// The pause before retry number `retry`, counted from 1, out of 64 random bits.
    pub fn pause(&self, retry: u32, random: u64) -> Duration {
        let nanos = (u128::from(random) * self.bound(retry).as_nanos().min(u128::from(u64::MAX))) >> 64;
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn the_bound_doubles_up_to_the_cap() {
        let bounds: Vec<_> = (1..=6).map(|retry| Backoff::default().bound(retry)).collect();
        assert_eq!(bounds, [25, 50, 100, 200, 250, 250].map(ms));
        assert_eq!(Backoff::default().bound(u32::MAX), ms(250));
    }

    /// F25: the jitter is full, from nothing to the whole bound, and even.
    #[test]
    fn the_jitter_is_full_and_even() {
        let backoff = Backoff::new(ms(100), ms(1000));
        assert_eq!(backoff.pause(1, 0), Duration::ZERO);
        assert_eq!(backoff.pause(1, u64::MAX / 2).as_millis(), 49);
        assert_eq!(backoff.pause(1, u64::MAX).as_millis(), 99);
        assert_eq!(backoff.pause(2, u64::MAX).as_millis(), 199);
    }

    proptest! {
        #[test]
        fn no_setting_overflows_or_passes_its_bound(
            base in any::<u64>(), cap in any::<u64>(), retry in any::<u32>(), random in any::<u64>(),
        ) {
            let backoff = Backoff::new(Duration::from_millis(base), Duration::from_millis(cap));
            prop_assert!(backoff.bound(retry) <= Duration::from_millis(cap));
            prop_assert!(backoff.pause(retry, random) <= backoff.bound(retry));
        }
    }
}
