//! A small generator of random numbers whose sequence is the same everywhere, for ever.

/// `SplitMix64` (Steele, Lea, Flood 2014).
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The sequence of one thing under a seed: things of different kinds and numbers have
    /// sequences that have nothing to do with each other.
    pub(super) fn of(seed: u64, kind: u64, number: u64) -> Self {
        let mut random = Self(seed ^ kind.wrapping_mul(0xA076_1D64_78BD_642F));
        random.0 = random.next() ^ number.wrapping_mul(0xE703_7ED1_A0B4_28DB);
        random.next();
        random
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number below `bound`; 0 where the bound is 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// A number from `low` to `high`.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// Whether something happens that happens so many times in a thousand.
    pub(super) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// One of a list that is not empty.
    pub(super) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.index(list.len())]
    }

    /// A position in a list of a length.
    pub(super) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// A position in a list of a length, the first ones more often.
    pub(super) fn early_index(&mut self, length: usize) -> usize {
        self.index(length).min(self.index(length))
    }

    /// A position by weight.
    pub(super) fn weighted(&mut self, weights: impl Iterator<Item = u64> + Clone) -> usize {
        let mut at = self.below(weights.clone().sum());
        for (position, weight) in weights.enumerate() {
            if at < weight {
                return position;
            }
            at -= weight;
        }
        0
    }

    /// A number spread evenly over powers of two from `2^low` to `2^high`, most in the middle: what
    /// prices and quantities look like.
    pub(super) fn spread(&mut self, low: u64, high: u64) -> u64 {
        let range = (high - low) * 256;
        let exponent = low * 256 + u64::midpoint(self.below(range + 1), self.below(range + 1));
        let whole = 1u64 << (exponent / 256);
        whole + whole * (exponent % 256) / 256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        let mut random = Random(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let mut random = Random::of(1, 2, 3);
        for _ in 0..10_000 {
            assert!(random.below(7) < 7);
            assert!((3..=5).contains(&random.between(3, 5)));
            assert!((8..=1024).contains(&random.spread(3, 10)));
            assert!(random.weighted([1, 0, 2].into_iter()) != 1);
        }
        assert_eq!(random.below(0), 0);
    }
}
