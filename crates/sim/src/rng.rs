//! A small random number generator with a seed that can be printed and given back.

use fanfold_core::retry::Random;

/// The engine's own generator, with what plans are made of.
#[derive(Clone, Debug)]
pub struct Rng(Random);

impl Rng {
    /// A generator that always gives the same numbers for the same seed.
    pub const fn new(seed: u64) -> Self {
        Self(Random::new(seed))
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0.bits()
    }

    /// A number below `bound`, which is not zero.
    pub fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(((self.bits() >> 32) * u64::from(bound)) >> 32).unwrap_or(0)
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// Eight bits.
    pub fn byte(&mut self) -> u8 {
        self.bits().to_le_bytes()[7]
    }

    /// One of the values.
    pub fn pick<T: Copy>(&mut self, values: &[T]) -> Option<T> {
        let bound = u32::try_from(values.len()).ok().filter(|&bound| bound > 0)?;
        values.get(self.below(bound) as usize).copied()
    }
}
