use crate::{below, mix};

/// The most places that [`Distinct`] draws.
pub const MAX_DRAWN: usize = 10;

/// Sets these draws apart from a caller who goes on from one random number to the next by `mix`: the second draw of one call would
/// else be the first draw of the next. (An odd number without a pattern: Knuth's multiplier for 64 bits.)
const OWN: u64 = 0x5851_f42d_4c95_7f2d;

/// A few distinct places out of many, without an allocation.
#[derive(Debug, Clone, Copy)]
pub struct Distinct {
    drawn: [u32; MAX_DRAWN],
    len: usize,
}

impl Distinct {
    /// `count` distinct places of `0..n`, in the order drawn; all of them where there are no more. `draw` turns random bits into
    /// a place, so that draws can be weighted; one that keeps yielding the same places is helped along by an even draw.
    ///
    /// At most [`MAX_DRAWN`] are drawn.
    pub fn draw(random: u64, n: usize, count: usize, draw: impl Fn(u64) -> usize) -> Self {
        let mut all = Self { drawn: [0; MAX_DRAWN], len: 0 };
        let (count, mut random) = (count.min(n).min(MAX_DRAWN), random ^ OWN);
        let mut tries = 4 * count;
        while all.len < count {
            random = mix(random);
            let place = if tries > 0 { draw(random) } else { all.nth_left(below(random, n - all.len)) };
            tries = tries.saturating_sub(1);
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            if !all.places().any(|p| p == place as usize) {
                all.drawn[all.len] = place;
                all.len += 1;
            }
        }
        all
    }

    /// The places.
    pub fn places(&self) -> impl Iterator<Item = usize> + '_ {
        self.drawn[..self.len].iter().map(|place| *place as usize)
    }

    /// The `nth` place that was not drawn.
    fn nth_left(&self, nth: usize) -> usize {
        let mut drawn = self.drawn;
        let drawn = &mut drawn[..self.len];
        drawn.sort_unstable();
        drawn.iter().fold(nth, |place, taken| place + usize::from(*taken as usize <= place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// B 30: no member is compared with itself.
        #[test]
        fn drawn_places_are_distinct_and_as_many_as_there_are(random: u64, n in 0..30usize, count in 0..12usize, stuck: bool) {
            let drawn = Distinct::draw(random, n, count, |r| if stuck { 0 } else { below(r, n) });
            let mut places: Vec<_> = drawn.places().collect();
            prop_assert_eq!(places.len(), count.min(n).min(MAX_DRAWN));
            prop_assert!(places.iter().all(|p| *p < n));
            places.sort_unstable();
            places.dedup();
            prop_assert_eq!(places.len(), count.min(n).min(MAX_DRAWN));
        }
    }

    #[test]
    fn even_draws_are_even() {
        let mut seen = [0u32; 6];
        for n in 0..60_000 {
            Distinct::draw(mix(n), 6, 2, |r| below(r, 6)).places().for_each(|p| seen[p] += 1);
        }
        assert!(seen.iter().all(|count| (19_000..21_000).contains(count)), "{seen:?}");
    }
}
