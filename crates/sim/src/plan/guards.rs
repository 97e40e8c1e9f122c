//! Steps about what protects a service and those who wait for it.

use arbitrary::Arbitrary;
use fanfold_core::limit::hold_back::Scope;

use super::{Pick, Quarters};

/// One thing that a host does about that.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// A limiter is held back, or one above it, for a span, and its restart is spread.
    HoldBack(Pick, u8, Quarters, Quarters),
    /// New tasks are turned away that would wait for longer.
    MaxWait(Pick, Quarters),
    /// It keeps statistics.
    Stats(Pick),
    /// It is held back no longer.
    Lift(Pick),
}

/// What a number stands for.
pub fn scope(number: u8) -> Scope {
    match number % 3 {
        0 => Scope::Own,
        1 => Scope::Parent,
        _ => Scope::Root,
    }
}
