//! Random numbers from a seed: what jitter is drawn from.

/// By how much the state grows with each number.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// `SplitMix64` (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014): eight
/// bytes of state, and every seed is a good one, also small and consecutive ones. Not for secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random(u64);

impl Random {
    /// A generator that always gives the same numbers for the same seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The generator as it is when it has given so many numbers.
    pub const fn after(seed: u64, numbers: u32) -> Self {
        Self(seed.wrapping_add(STEP.wrapping_mul(numbers as u64)))
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number from zero to `limit`, both included.
    ///
    /// Scaled by a multiplication, as in Lemire, "Fast Random Integer Generation in an Interval" (2019), without
    /// its rejection: for a limit of an hour in microseconds one number is likelier than another by 2^-32.
    pub fn up_to(&mut self, limit: u64) -> u64 {
        let scaled = (u128::from(self.bits()) * (u128::from(limit) + 1)) >> 64;
        u64::try_from(scaled).unwrap_or(limit)
    }
}
