use crate::below;

/// Draws a place with a probability of weight / sum in O(1): Walker's alias method with Vose's tables (Vose 1991), in whole numbers.
///
/// Equal weights have no table: their draw is the even one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    n: usize,
    /// For each place: below which of 2^64 it stays, and who takes the rest. None for equal weights.
    columns: Option<Box<[(u64, u32)]>>,
}

impl Alias {
    /// A table over these weights; those of 0 are never drawn, unless all are.
    ///
    /// The probabilities are exact to 2^-62, whatever the weights.
    pub fn new(weights: &[u64]) -> Self {
        let n = weights.len();
        if weights.windows(2).all(|pair| pair[0] == pair[1]) {
            return Self { n, columns: None };
        }
        let sum: u128 = weights.iter().map(|w| u128::from(*w)).sum();
        // Each column holds `sum` parts of the `n * sum`; a weight fills `n * weight` of them.
        let mut parts: Vec<u128> = weights.iter().map(|w| u128::from(*w) * n as u128).collect();
        let mut columns: Vec<(u64, u32)> = (0..n).map(|place| (u64::MAX, index(place))).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..n).partition(|i| parts[*i] < sum);
        while let (Some(poor), Some(rich)) = (small.pop(), large.pop()) {
            columns[poor] = (fraction(parts[poor], sum), index(rich));
            parts[rich] -= sum - parts[poor];
            if parts[rich] < sum { small.push(rich) } else { large.push(rich) }
        }
        Self { n, columns: Some(columns.into()) }
    }

    /// A place, from 64 random bits. 0 for a table over nothing.
    #[inline]
    pub fn draw(&self, random: u64) -> usize {
        let Some(columns) = &self.columns else { return below(random, self.n) };
        // The upper part of the product is the column, the lower one an even number within it.
        let product = u128::from(random) * self.n as u128;
        let column = usize::try_from(product >> 64).unwrap_or(0);
        let (stays_below, other) = columns[column];
        #[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
        let within = product as u64;
        if within < stays_below { column } else { other as usize }
    }

    /// How many places it has.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether it has no place.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// The exact probability of each place, for tests and pictures.
    pub fn probabilities(&self) -> Vec<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a probability")]
        let share = 1.0 / self.n as f64;
        let Some(columns) = &self.columns else { return vec![share; self.n] };
        let mut all = vec![0.0; self.n];
        for (column, (stays_below, other)) in columns.iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "a probability")]
            let stays = if *other as usize == column { 1.0 } else { *stays_below as f64 / 2f64.powi(64) };
            all[column] += share * stays;
            all[*other as usize] += share * (1.0 - stays);
        }
        all
    }
}

fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// `part / whole` of 2^64, for `part < whole`. Both are below 2^97: 2^64 weights' units times 2^32 places, at most.
fn fraction(part: u128, whole: u128) -> u64 {
    let (mut rest, mut bits) = (part, 0u64);
    // Long division in two halves keeps every step within 128 bits.
    for _ in 0..2 {
        rest <<= 32;
        bits = (bits << 32) | u64::try_from(rest / whole).unwrap_or(u64::MAX >> 32);
        rest %= whole;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(got: &[f64], want: &[f64], by: f64) {
        assert_eq!(got.len(), want.len());
        for (got, want) in got.iter().zip(want) {
            assert!((got - want).abs() < by, "{got} {want}");
        }
    }

    /// G-20, F10: the probabilities that the tables stand for.
    #[test]
    fn the_tables_of_some_weights_hold_their_exact_probabilities() {
        close(&Alias::new(&[10, 20, 50]).probabilities(), &[0.125, 0.25, 0.625], 1e-12);
        close(&Alias::new(&[1, 2, 3, 4]).probabilities(), &[0.1, 0.2, 0.3, 0.4], 1e-12);
        close(&Alias::new(&[5, 1, 1]).probabilities(), &[5.0 / 7.0, 1.0 / 7.0, 1.0 / 7.0], 1e-12);
    }

    /// F12.
    #[test]
    fn equal_weights_take_the_even_draw() {
        let (alias, even) = (Alias::new(&[7; 5]), Alias::new(&[u64::from(u32::MAX); 5]));
        assert_eq!(alias, even);
        assert!((0..1000u64).all(|n| alias.draw(crate::mix(n)) == below(crate::mix(n), 5)));
    }

    proptest! {
        /// A 9, F05: weights of 1 and 2^32-1, in the units of endpoints.
        #[test]
        fn shares_are_exact_for_any_weights(
            weights in prop::collection::vec(prop_oneof![0..20u64, Just(u64::from(u32::MAX) << 12), 0..u64::from(u32::MAX) << 12], 1..40)
        ) {
            prop_assume!(weights.iter().any(|w| *w > 0));
            #[expect(clippy::cast_precision_loss, reason = "a probability")]
            let (sum, want) = (weights.iter().map(|w| *w as f64).sum::<f64>(), weights.iter().map(|w| *w as f64));
            let want: Vec<f64> = want.map(|w| w / sum).collect();
            close(&Alias::new(&weights).probabilities(), &want, 1e-9);
        }
    }
}
