use std::f64::consts::{LN_2, SQRT_2};

/// `-ln(u)` for the even number `u` in 0..1 that the upper bits of `hash` stand for; more than 0.
///
/// Only additions, multiplications and divisions, which IEEE 754 makes the same on every machine; the logarithm of a C library
/// is not. Its relative error is about 10^-15.
#[inline]
pub(super) fn neg_ln(hash: u64) -> f64 {
    // An odd number of at most 53 bits, over 2^53: never 0 or 1, and exact.
    let odd = (hash >> 12) << 1 | 1;
    let exponent = odd.ilog2();
    // u = m * 2^(exponent - 53) with m in 1..2; to 0.7..1.4, so that the series is short and exact near u = 1.
    #[expect(clippy::cast_precision_loss, reason = "at most 53 bits")]
    let mut m = odd as f64 / (1u64 << exponent) as f64;
    let mut twos = f64::from(53 - exponent);
    if m > SQRT_2 {
        (m, twos) = (m / 2.0, twos - 1.0);
    }
    twos * LN_2 - ln_near_one(m)
}

/// ln(m) = 2 artanh(s) with s = (m-1)/(m+1), and artanh(s) = s + s^3/3 + s^5/5 + ..; |s| is below 0.172, so that ten terms do.
#[inline]
fn ln_near_one(m: f64) -> f64 {
    const ODD: [f64; 10] = [19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0];
    let s = (m - 1.0) / (m + 1.0);
    let square = s * s;
    2.0 * s * ODD.iter().fold(0.0, |sum, n| sum * square + 1.0 / n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_logarithm(hash in prop_oneof![any::<u64>(), 0..1u64 << 20, u64::MAX - (1 << 30)..=u64::MAX]) {
            #[expect(clippy::cast_precision_loss, reason = "at most 53 bits")]
            let want = -(((hash >> 12) << 1 | 1) as f64 / (1u64 << 53) as f64).ln();
            let got = neg_ln(hash);
            prop_assert!(got > 0.0 && (got - want).abs() <= 4e-15 * want, "{} {}", got, want);
        }
    }
}
