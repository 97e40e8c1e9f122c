//! Handles: the host's names for tasks and waiters.

use core::num::NonZeroU32;

/// An index and a generation in 30 bits, so that a JavaScript engine keeps it as a small integer.
///
/// The host picks it: the lowest free index it knows, and another generation each time an index is used
/// again. An old handle is thereby told from the new owner of its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handle(NonZeroU32);

impl Handle {
    /// Bits of the index: 16,777,216 tasks and waiters at a time.
    pub const INDEX_BITS: u32 = 24;
    /// Bits of the generation.
    pub const GENERATION_BITS: u32 = 6;

    /// The handle with these bits; what lies above its 30 bits is cut off.
    pub const fn from_bits(bits: u32) -> Self {
        // Kept one higher than it is, so that an empty place of the table costs no word of its own.
        Self(NonZeroU32::MIN.saturating_add(bits & ((1 << (Self::INDEX_BITS + Self::GENERATION_BITS)) - 1)))
    }

    /// Its bits.
    pub const fn bits(self) -> u32 {
        self.0.get() - 1
    }

    /// Its place in the table.
    pub const fn index(self) -> u32 {
        self.bits() & ((1 << Self::INDEX_BITS) - 1)
    }
}
