/// Whether `n` is a prime, by trial division: at most some 2,200 steps for the sizes of tables.
pub(super) fn is_prime(n: u32) -> bool {
    let n = u64::from(n);
    n >= 2 && (2..=n.isqrt()).all(|d| n % d != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primes_are_told_from_products() {
        let small: Vec<u32> = (0..50).filter(|n| is_prime(*n)).collect();
        assert_eq!(small, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47]);
        assert!([65_537, 5_000_011, 4_294_967_291].into_iter().all(is_prime));
        assert!(![65_536, 5_000_010, 251 * 257, 2_147_483_647 * 2, u32::MAX].into_iter().any(is_prime));
    }
}
