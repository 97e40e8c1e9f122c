//! Steps about what protects a service and those who wait for it.

use arbitrary::Arbitrary;
use fanfold_core::Health;
use fanfold_core::limit::adaptive::{AdaptiveOptions, Algorithm};
use fanfold_core::limit::breaker::{BreakerOptions, Trip};
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
    /// It has another breaker, or none.
    Breaker(Pick, Option<Fuse>),
    /// Its limit follows what is called, or does no longer.
    Adaptive(Pick, Option<Goal>),
    /// So many of the running functions settle, and what that says about the service.
    Finish(Pick, u8, u8),
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

/// A breaker that few calls open.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fuse {
    /// By count or by rate, and how many.
    pub trip: u8,
    /// How many calls there have to be.
    pub calls: u8,
    /// Of which time.
    pub window: Quarters,
    /// How long it is open.
    pub open: Quarters,
    /// How many trials.
    pub trials: u8,
}

impl Fuse {
    /// As the engine's options.
    pub fn options(self) -> BreakerOptions {
        let few = u32::from(self.trip / 2 % 4);
        let trip = if self.trip.is_multiple_of(2) {
            Trip::Consecutive(few)
        } else {
            Trip::Rate { per_mille: 250 * few, window: self.window.span(), min_calls: u32::from(self.calls % 6) }
        };
        BreakerOptions { trip, half_open_after: self.open.span(), trials: u32::from(self.trials % 4) }
    }
}

/// Bounds of an adaptive limit, narrow enough to be hit.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goal {
    /// Which algorithm.
    pub algorithm: u8,
    /// The least.
    pub min: u8,
    /// By how many the most is more.
    pub more: u8,
    /// The first.
    pub initial: u8,
}

impl Goal {
    /// As the engine's options.
    pub fn options(self) -> AdaptiveOptions {
        let min = u32::from(self.min % 4);
        AdaptiveOptions {
            min,
            max: min + u32::from(self.more % 8),
            initial: u32::from(self.initial % 12),
            algorithm: match self.algorithm % 3 {
                0 => Algorithm::Aimd,
                1 => Algorithm::Gradient,
                _ => Algorithm::Vegas,
            },
        }
    }
}

/// What a number stands for.
pub fn health(number: u8) -> Health {
    match number % 4 {
        0 | 1 => Health::Good,
        2 => Health::Bad,
        _ => Health::Neutral,
    }
}
