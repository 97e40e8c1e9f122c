//! Retrying: whether a failed attempt is followed by another, and how long to sleep before it.
//!
//! Pure policy: a failure goes in, a verdict comes out. Who sleeps, and that a sleeper holds no slot, is the
//! business of those who ask.
//!
//! - [`Backoff`] says how the delays grow, [`Jitter`] spreads them, so that callers who failed together do not
//!   come back together. The randomness is a seed: the same seed and failures give the same delays everywhere.
//! - [`RetryOptions::judge`] gives the verdict on each failure of a call: retries used up, out of time, or the delay.
//! - [`Budget`] is shared by many calls and bounds the retries of all of them, so that an outage is not multiplied.
//! - A delay that somebody asked for by name is taken as it is: who says "in 30 seconds" means neither 20 nor 40.

mod backoff;
mod budget;
mod jitter;
mod random;
#[cfg(test)]
mod tests;
mod verdict;

pub use backoff::{Backoff, BackoffKind};
pub use budget::{Budget, BudgetOptions};
pub use jitter::Jitter;
pub use random::Random;

use crate::time::Span;

/// How a call is retried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryOptions {
    /// Attempts after the first one; `u32::MAX` for no limit. By default 3.
    pub retries: u32,
    /// How the delays grow. By default from 1 s, doubling, up to 30 s.
    pub backoff: Backoff,
    /// How they are spread. By default [`Jitter::Full`].
    pub jitter: Jitter,
    /// No retry starts later than this after the first attempt began. By default [`Span::NEVER`], no limit.
    pub max_elapsed: Span,
    /// What the spread is drawn from. Two calls with one seed come back together, which is what jitter is
    /// there to avoid: give each its own. By default 0.
    pub seed: u64,
}

impl Default for RetryOptions {
    fn default() -> Self {
        Self { retries: 3, backoff: Backoff::default(), jitter: Jitter::default(), max_elapsed: Span::NEVER, seed: 0 }
    }
}

/// An attempt that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// Which one: 1 for the first. 0 counts as 1.
    pub attempt: u32,
    /// Time since the first attempt began.
    pub elapsed: Span,
    /// The delay before this attempt; zero before the first.
    pub slept: Span,
    /// The delay that the caller's own function or list gives for this retry. It takes the place of what the
    /// backoff says: the jitter applies to it, and so does [`Backoff::max`].
    pub base: Option<Span>,
    /// A delay that somebody asked for by name, such as a `Retry-After`: no jitter, no cap.
    pub after: Option<Span>,
}

/// What becomes of a call whose attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryVerdict {
    /// It is tried again after this delay, which always ends.
    After(Span),
    /// It is over.
    Exhausted(Exhaustion),
}

/// What there is no more of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exhaustion {
    /// Retries of this call.
    Retries = 1,
    /// Time: the next attempt would start too late, or never.
    Elapsed = 2,
    /// Retries for all who share the budget.
    Budget = 3,
}

impl Exhaustion {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 3] = [Self::Retries, Self::Elapsed, Self::Budget];
}
